import type { Profile } from "../profiles.ts";

/** An error of the library, as the token endpoint and its neighbours would answer it. */
export interface LibraryError {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

/** An error in WSO2's words. */
export interface Wording {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

/** In order; the first that fits is taken. Facts: wso2 token errors (SRC), wordings of invalid_client (OBS). */
const WORDINGS: readonly (readonly [RegExp, Wording])[] = [
  [
    /^no client authentication|authorization header|^client_secret must/,
    noClient("Client ID not found in the request."),
  ],
  [
    /only be provided using one mechanism/,
    // WSO2's sentence really ends there.
    badRequest("The client MUST NOT use more than one authentication method in each"),
  ],
  [/'grant_type'$/, badRequest("Missing grant_type parameter value")],
  [/must not be provided twice/, badRequest("Invalid request with repeated parameters.")],
  [
    /grant type is not allowed|is not allowed for this client$/,
    {
      status: 400,
      error: "unauthorized_client",
      description: "The authenticated client is not authorized to use this authorization grant type",
    },
  ],
];

/**
 * Says an error of the library as WSO2 does. What has no wording there that we know of keeps the library's.
 * @param unknownClient the client id of the request, where no application has it
 */
export function inWso2Words(
  { status, error, description }: LibraryError,
  unknownClient: string | undefined,
  { namesUnknownClient }: Profile,
): Wording {
  if (error === "unsupported_grant_type") return badRequest("Unsupported grant_type value");
  if (error === "invalid_client")
    return noClient(
      unknownClient !== undefined && namesUnknownClient
        ? `A valid OAuth client could not be found for client_id: ${unknownClient}`
        : "Client credentials are invalid.",
    );
  return WORDINGS.find(([pattern]) => pattern.test(description))?.[1] ?? { status, error, description };
}

function badRequest(description: string): Wording {
  return { status: 400, error: "invalid_request", description };
}

function noClient(description: string): Wording {
  return { status: 401, error: "invalid_client", description };
}

/** WSO2 writes the description before the error. */
export const bodyOf = ({ error, description }: Wording): object => ({ error_description: description, error });
