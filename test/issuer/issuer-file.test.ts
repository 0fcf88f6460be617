import { expect, test } from "vitest";
import { readIssuerFile } from "../../lib/issuer/issuer-file.ts";

// The file of --issuer-file: users, and applications with the names of WSO2's management API.

const read = (value: object) => readIssuerFile(JSON.stringify(value), "issuer.json");

test("a user without an id has a UUID, the same each time; an application has only what the file says", () => {
  const file = {
    users: [{ name: "carol", password: "p", claims: { email: "carol@example.com" }, scopes: ["orders:read"] }],
    applications: [
      {
        clientId: "ordersWebDev00000001",
        accessToken: { type: "Default" },
        idToken: { audience: ["https://api.example.com"] },
        callbackURLs: ["https://app.example.com/"],
        publicClient: false,
      },
    ],
  };
  const { users, applications } = read(file);
  expect(users?.[0]).toMatchObject({ name: "carol", scopes: ["orders:read"], id: read(file).users?.[0]?.id });
  expect(users?.[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(applications).toEqual([
    {
      clientId: "ordersWebDev00000001",
      accessTokenType: "Default",
      audience: ["https://api.example.com"],
      callbacks: ["https://app.example.com/"],
      isPublic: false,
    },
  ]);
});

test("a file without users keeps the made-up ones", () => expect(read({}).users).toBeUndefined());

test("every problem is named at once, and no value, which may be a password", () => {
  const wrong = {
    users: [{ name: "carol", password: 12345678 }],
    applications: [{ clientId: "a b", grantTypes: ["magic"], secret: "hidden" }],
  };
  try {
    read(wrong);
    expect.unreachable();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(code).toBe("issuer-file-wrong");
    for (const path of ["users.0.password", "applications.0.clientId", "applications.0.grantTypes.0"])
      expect(message).toContain(path);
    for (const value of ["12345678", "hidden", "magic"]) expect(message).not.toContain(value);
  }
  expect(() => readIssuerFile("{", "issuer.json")).toThrow(expect.objectContaining({ code: "issuer-file-wrong" }));
});
