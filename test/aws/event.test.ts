import { expect, test } from "vitest";
import { authorizerEvent, type EventContext, eventV1, eventV2 } from "../../lib/aws/event.ts";
import { HttpRequest, splitTarget } from "../../lib/aws/http-request.ts";

// A function and a Lambda authorizer read the same request in the same words.

const CONTEXT: EventContext = {
  api: { apiId: "abc", account: "123456789012", region: "eu-west-1" },
  stage: { name: "$default", variables: { colour: "blue" } },
  routeKey: "GET /orders/{id}",
  routePath: "/orders/42",
  pathParameters: { id: "42" },
  requestId: "Mc7UVioPPHcEKPA=",
  receivedAtMs: 1_700_000_000_000,
};

function requestWith(headers: Readonly<Record<string, string>>, target = "/orders/42?a=1&a=2"): HttpRequest {
  return new HttpRequest({
    method: "GET",
    ...splitTarget(target),
    sourceIp: "127.0.0.1",
    protocol: "HTTP/1.1",
    headers: new Map(Object.entries(headers)),
    rawHeaders: Object.entries(headers).flat(),
  });
}

const sources = (payloadFormat: "1.0" | "2.0") => ({ payloadFormat, identitySource: ["one", "two"] });

test("cookies are the same list for both, without the empty ones of 'a=1;; b=2;'", () => {
  const request = requestWith({ cookie: "a=1;; b=2;", host: "abc.example.com" });
  expect(eventV2(CONTEXT, request, undefined, undefined).cookies).toEqual(["a=1", "b=2"]);
  expect(authorizerEvent(sources("2.0"), CONTEXT, request).cookies).toEqual(["a=1", "b=2"]);
});

test("in 2.0 an authorizer reads what the function will, but for the body, plus its ARN and its sources (8.1)", () => {
  const request = requestWith({ connection: "close", "x-a": "1", host: "abc.example.com" });
  const { isBase64Encoded, ...ofFunction } = eventV2(CONTEXT, request, undefined, undefined);
  const { type, routeArn, identitySource, ...ofAuthorizer } = authorizerEvent(sources("2.0"), CONTEXT, request);
  expect(ofAuthorizer).toEqual(ofFunction);
  expect({ isBase64Encoded, type, routeArn, identitySource }).toEqual({
    isBase64Encoded: false,
    type: "REQUEST",
    routeArn: "arn:aws:execute-api:eu-west-1:123456789012:abc/$default/GET/orders/42",
    identitySource: ["one", "two"],
  });
});

test("in 1.0 too, with the sources as one text under both names (8.2)", () => {
  const request = requestWith({ host: "abc.example.com" });
  const { body, isBase64Encoded, ...ofFunction } = eventV1(CONTEXT, request, undefined, undefined);
  const { type, methodArn, identitySource, authorizationToken, ...ofAuthorizer } = authorizerEvent(
    sources("1.0"),
    CONTEXT,
    request,
  );
  expect(ofAuthorizer).toEqual(ofFunction);
  expect({ body, isBase64Encoded, type, methodArn, identitySource, authorizationToken }).toEqual({
    body: null,
    isBase64Encoded: false,
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:eu-west-1:123456789012:abc/$default/GET/orders/42",
    identitySource: "one,two",
    authorizationToken: "one,two",
  });
});
