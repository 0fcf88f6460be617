import { expect, test } from "vitest";
import { checkForm } from "../../lib/doctor/issuer-form.ts";

test.each([
  ["https://id.example.com/oauth2/token", []],
  ["https://api.asgardeo.io/t/orders/oauth2/token", []],
  ["id.example.com", ["issuer-url: fail"]],
  ["http://id.example.com/oauth2/token", ["issuer-url: fail", "issuer-port: warn"]],
  [" https://id.example.com/oauth2/token", ["issuer-url: fail"]],
  ["https://user:word@id.example.com/oauth2/token", ["issuer-url: fail"]],
  ["https://id.example.com/oauth2/token?tenant=a", ["issuer-url: fail"]],
  ["https://id.example.com/oauth2/token#a", ["issuer-url: fail"]],
  ["https://id.example.com/oauth2/token/", ["issuer-spelling: warn"]],
  ["https://id.example.com:443/oauth2/token", ["issuer-spelling: warn"]],
  ["https://id.example.com:9443/oauth2/token", ["issuer-port: warn"]],
  ["https://id.example.com/oauth2/oidcdiscovery", ["issuer-spelling: fail"]],
  ["https://id.example.com/oauth2/token/.well-known/openid-configuration", ["issuer-spelling: fail"]],
  ["https://localhost:9443/oauth2/token", ["issuer-port: warn", "issuer-host: fail"]],
  ["https://127.0.0.1/oauth2/token", ["issuer-host: fail"]],
  ["https://[::1]/oauth2/token", ["issuer-host: fail"]],
  ["https://8.8.8.8/oauth2/token", ["issuer-host: fail"]],
  ["https://wso2is/oauth2/token", ["issuer-host: fail"]],
  ["https://is.corp.internal/oauth2/token", ["issuer-host: fail"]],
])("%s", (issuer, found) => {
  const troubled = checkForm(issuer).filter(({ level }) => level !== "pass");
  expect(troubled.map(({ code, level }) => `${code}: ${level}`)).toEqual(found);
  for (const { fix } of troubled) expect(fix).toBeTruthy();
});

test.each(["/oauth2/oidcdiscovery", "/oauth2/token/.well-known/openid-configuration"])(
  "the remedy of %s names the issuer that was meant",
  (path) => {
    const remedies = checkForm(`https://id.example.com${path}`).map(({ fix }) => fix);
    expect(remedies).toContain("the issuer is https://id.example.com/oauth2/token");
  },
);
