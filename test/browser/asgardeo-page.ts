import { AsgardeoSPAClient, type AuthSPAClientConfig } from "@asgardeo/auth-spa";

// A single-page application as WSO2's own guide for its SDK writes it. The test is the person who clicks.

const config = (await (await fetch("/config.json")).json()) as AuthSPAClientConfig;
const client = AsgardeoSPAClient.getInstance();
if (!client) throw new Error("the SDK has no instance");
await client.initialize({ ...config, signInRedirectURL: location.origin, signOutRedirectURL: location.origin });

const show = (text: string) => {
  const output = document.querySelector("output");
  if (output) output.textContent = text;
};

const onClick = (name: string, act: () => Promise<unknown>) =>
  document.querySelector(`[name=${name}]`)?.addEventListener("click", () => {
    act().catch((error: unknown) => show(`failed: ${String(error)}`));
  });

onClick("in", () => client.signIn());
onClick("out", () => client.signOut());
onClick("refresh", async () => {
  const before = await client.getAccessToken();
  await client.refreshAccessToken();
  show((await client.getAccessToken()) === before ? "the same token" : `refreshed ${await client.getAccessToken()}`);
});

// Back from the sign-in the address holds the code, which the SDK takes.
if (new URLSearchParams(location.search).has("code")) await client.signIn();
if (await client.isAuthenticated()) {
  const { username, sub } = (await client.getBasicUserInfo()) ?? {};
  show(`${username ?? sub} has ${await client.getAccessToken()}`);
} else show("signed out");
