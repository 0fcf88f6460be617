import { jsonText, printable, printableLines } from "../../findings/terminal-text.ts";
import type { ApplicationState, Registration } from "../../wso2/registration.ts";
import type { RegistrationRequest } from "../../wso2/registration-calls.ts";
import type { ScopeState } from "../../wso2/scope-registration.ts";
import type { TokenProof } from "../../wso2/token-proof.ts";

/** What was registered, and what came of its first token. */
export interface RegistrationReport {
  readonly server: string;
  readonly issuer: string;
  readonly request: RegistrationRequest;
  readonly registration: Registration;
  readonly proof: TokenProof;
  /** Undefined: the secret is printed, since the user asked for that. */
  readonly secretIn: string | undefined;
}

/** Lines that a shell can read: `set -a; . ./FILE; set +a`. */
export const dotenvOf = ({ clientId, clientSecret }: Registration): string =>
  `WSO2_CLIENT_ID=${quoted(clientId)}\nWSO2_CLIENT_SECRET=${quoted(clientSecret)}\n`;

const quoted = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`;

export function reportAsJson({ registration, request, secretIn, ...report }: RegistrationReport): string {
  const { clientSecret, ...shown } = registration;
  const secret = secretIn === undefined ? { clientSecret } : { secretIn };
  return jsonText({ ...report, ...request, ...shown, ...secret }, 2);
}

const APPLICATION_WORDS: Readonly<Record<ApplicationState, string>> = {
  made: "made",
  found: "was there, and fits",
  changed: "was there; its access tokens, grant or audiences were changed",
};

const SCOPE_WORDS: Readonly<Record<ScopeState, string>> = {
  none: "none",
  authorised: "authorised",
  registered: "registered; before 7.0 any application may ask for them",
};

export function reportAsText({ server, request, registration, proof, secretIn }: RegistrationReport): string {
  const { clientId, scopeState } = registration;
  const scopes = request.scopes.length === 0 ? "none" : `${request.scopes.join(", ")}: ${SCOPE_WORDS[scopeState]}`;
  return [
    printable(`application  ${request.name} at ${server}: ${APPLICATION_WORDS[registration.application]}`),
    printable(`client id    ${clientId}`),
    `secret       ${secretIn === undefined ? "below" : `in ${secretIn}, for you only`}`,
    printable(`scopes       ${scopes}`),
    `token        ${proofText(proof)}`,
    "",
    ...(secretIn === undefined ? [printableLines(dotenvOf(registration))] : []),
    `For cdk.json  "audience": [${jsonText(clientId)}]`,
  ].join("\n");
}

function proofText(proof: TokenProof): string {
  switch (proof.kind) {
    case "good":
      return "one was asked for, and passes every rule of API Gateway";
    case "no-token":
      return `WSO2 gave none: ${printable(proof.detail)}`;
    case "refused":
      return `one was asked for, and is refused by the rule ${proof.finding.code}: ${printable(proof.finding.what)}\n             ${printable(proof.finding.fix ?? "")}`;
  }
}
