import { IS_7_1, type TokenForm } from "../tokens/token-form.ts";
import type { GrantType } from "./embedded-client.ts";

/** What differs between versions of WSO2. The sources of each fact are in docs/issuer.md. */
export interface Profile {
  readonly name: ProfileName;
  readonly title: string;
  readonly form: TokenForm;
  /** Ways to a token that this version does not have. */
  readonly missingGrants: readonly GrantType[];
  /** Whether a scope that nobody registered is put into the token all the same. */
  readonly echoesScopes: boolean;
  /** Whether the token endpoint takes JSON, too. */
  readonly takesJson: boolean;
  /** Whether the error for an unknown client repeats its id. */
  readonly namesUnknownClient: boolean;
  /** Whether discovery lists PAR, introspection, revocation and the device flow. */
  readonly hasLongDiscovery: boolean;
  /** Whether WSO2's management API is there: application management and dynamic client registration. */
  readonly hasManagement: boolean;
  /** Whether scopes belong to API resources, for which applications are authorised (7.0); before, they are free words. */
  readonly hasApiResources: boolean;
  /** Whether an administrator may show a name and a password, and not only a management token. */
  readonly takesAdministrator: boolean;
  /** Whether paths begin at the host (`/oauth2/token`) though the issuer has no path. */
  readonly hasBareIssuer: boolean;
}

export type ProfileName = "5.10" | "5.11" | "6" | "7.0" | "7.1" | "7.1-fapi" | "asgardeo" | "thunderid";

const IS_5_10: TokenForm = {
  ...IS_7_1,
  typ: undefined,
  x5t: "sha256-hex",
  hasCertificate: false,
  hasAut: false,
  hasClientId: false,
  hasOrganisation: false,
  applicationSubject: "owner-name",
  userSubject: "name",
};
const IS_5_11: TokenForm = { ...IS_5_10, hasAut: true };
const IS_6: TokenForm = {
  ...IS_5_11,
  typ: "at+jwt",
  hasCertificate: true,
  hasClientId: true,
  applicationSubject: "owner-id",
  userSubject: "id",
};
const THUNDERID: TokenForm = {
  ...IS_7_1,
  x5t: undefined,
  kid: "sha256",
  hasAut: false,
  hasAzp: false,
  hasGrantType: true,
  hasOrganisation: false,
};

const LATEST: Profile = {
  name: "7.1",
  title: "Identity Server 7.1",
  form: IS_7_1,
  missingGrants: [],
  echoesScopes: false,
  takesJson: true,
  namesUnknownClient: false,
  hasLongDiscovery: true,
  hasManagement: true,
  hasApiResources: true,
  takesAdministrator: true,
  hasBareIssuer: false,
};
const EARLIEST: Profile = {
  ...LATEST,
  name: "5.10",
  title: "Identity Server 5.10",
  form: IS_5_10,
  missingGrants: ["urn:ietf:params:oauth:grant-type:device_code"],
  echoesScopes: true,
  takesJson: false,
  namesUnknownClient: true,
  hasLongDiscovery: false,
  hasApiResources: false,
};

const PROFILES: readonly Profile[] = [
  EARLIEST,
  { ...EARLIEST, name: "5.11", title: "Identity Server 5.11", form: IS_5_11, missingGrants: [] },
  {
    ...EARLIEST,
    name: "6",
    title: "Identity Server 6",
    form: IS_6,
    missingGrants: [],
    echoesScopes: false,
    hasLongDiscovery: true,
  },
  {
    ...LATEST,
    name: "7.0",
    title: "Identity Server 7.0",
    namesUnknownClient: true,
  },
  LATEST,
  {
    ...LATEST,
    name: "7.1-fapi",
    title: "Identity Server 7.1 with the algorithms of FAPI",
    // The documentation's sample (DOC); that it is of a server set up for FAPI is INF.
    form: { ...IS_7_1, keyAlgorithms: ["RS256", "PS256"] },
  },
  { ...LATEST, name: "asgardeo", title: "Asgardeo", takesAdministrator: false },
  {
    ...LATEST,
    name: "thunderid",
    title: "ThunderID",
    form: THUNDERID,
    missingGrants: ["password", "urn:ietf:params:oauth:grant-type:device_code"],
    hasManagement: false,
    hasApiResources: false,
    takesAdministrator: false,
    hasBareIssuer: true,
  },
];

export const DEFAULT_PROFILE: Profile = LATEST;

/** Releases that answer as an earlier one does. */
const ALIASES: Readonly<Record<string, ProfileName>> = { "6.0": "6", "6.1": "6", "7.2": "7.1", "7.3": "7.1" };

/** Every name that `profileOf` knows. */
export const PROFILE_NAMES: readonly string[] = [
  ...PROFILES.map(({ name }): string => name),
  ...Object.keys(ALIASES),
].toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));

/** The profile of a version; undefined where there is none. */
export const profileOf = (name: string): Profile | undefined =>
  PROFILES.find((one) => one.name === (ALIASES[name] ?? name));
