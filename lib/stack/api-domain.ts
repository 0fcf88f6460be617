import { Token } from "aws-cdk-lib";
import {
  ApiMapping,
  DomainName,
  EndpointType,
  type HttpStage,
  IpAddressType,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { mustBeCertificateHere } from "./same-region.ts";

/** Authorities whose certificates clients may show: mutual TLS. */
export interface ClientAuthorities {
  /** `s3://bucket/key` of a PEM bundle. API Gateway reads it at the deployment, by the deploying role's rights. */
  readonly truststoreUri: string;
  /** Of the object. Without it a new bundle under the same key is not noticed by a deployment. @default - the newest then */
  readonly truststoreVersion?: string | undefined;
  /**
   * A public certificate that shows whose the name is, where the domain's own is imported or of a private authority.
   * @default - the domain's own is a public one of ACM
   */
  readonly ownershipCertificateArn?: string | undefined;
}

export interface ApiDomainProps {
  /** Answers under the name. */
  readonly stage: HttpStage;
  /** Such as `api.example.com`. */
  readonly domainName: string;
  /** In ACM, for the name, in the stack's region. */
  readonly certificateArn: string;
  /** The path of the name under which the API answers, such as `orders/v1`. @default - the API has the name for itself */
  readonly mappingKey?: string | undefined;
  /** The zone of Route 53 that gets an A and an AAAA record. @default - no record: DNS is somebody else's */
  readonly hostedZoneId?: string | undefined;
  /** The region of this stack, where others answer for the same name: the records are by latency. @default - it is the one */
  readonly latencyRegion?: string | undefined;
  /** Ask clients for a certificate. @default - the token is enough */
  readonly clientAuthorities?: ClientAuthorities | undefined;
}

/**
 * A name of one's own for an HTTP API: TLS 1.2 (HTTP APIs know no other policy), IPv4 and IPv6, with its DNS records.
 * Turn the execute-api address off with it (`ProtectedHttpApi`'s `disableExecuteApiEndpoint`), which answers besides,
 * without client certificates and past whatever stands before the name.
 *
 * @example
 * new ApiDomain(this, "Domain", { stage: api.stage, domainName: "api.example.com", certificateArn, hostedZoneId });
 */
export class ApiDomain extends Construct {
  readonly domain: DomainName;
  /** `https://name/`, with the mapping key. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const { stage, domainName, certificateArn, mappingKey, clientAuthorities } = props;
    if (!Token.isUnresolved(domainName) && !/^[a-z0-9*][a-z0-9.-]*\.[a-z]{2,}$/.test(domainName))
      throw new Error(`the domain is a host name such as api.example.com, got ${JSON.stringify(domainName)}`);
    if (mappingKey !== undefined && !Token.isUnresolved(mappingKey) && /^\/|\/$|^$/.test(mappingKey))
      throw new Error(`the mapping key is a path without slashes at its ends, got ${JSON.stringify(mappingKey)}`);
    mustBeCertificateHere(this, "the certificate", certificateArn);
    this.domain = new DomainName(this, "Name", {
      domainName,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
      ipAddressType: IpAddressType.DUAL_STACK,
      ...(clientAuthorities === undefined ? {} : this.#mutualTls(clientAuthorities)),
    });
    new ApiMapping(this, "Mapping", {
      api: stage.api,
      stage,
      domainName: this.domain,
      ...(mappingKey === undefined ? {} : { apiMappingKey: mappingKey }),
    });
    this.url = `https://${domainName}/${mappingKey === undefined ? "" : `${mappingKey}/`}`;
    if (props.hostedZoneId !== undefined) this.#addRecords(props.hostedZoneId, props);
  }

  #mutualTls({ truststoreUri, truststoreVersion, ownershipCertificateArn }: ClientAuthorities) {
    const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(truststoreUri) ?? [];
    if (bucket === "") throw new Error(`the truststore is s3://bucket/key, got ${JSON.stringify(truststoreUri)}`);
    if (ownershipCertificateArn !== undefined)
      mustBeCertificateHere(this, "the ownership certificate", ownershipCertificateArn);
    return {
      mtls: {
        bucket: Bucket.fromBucketName(this, "Truststore", bucket),
        key,
        ...(truststoreVersion === undefined ? {} : { version: truststoreVersion }),
      },
      ...(ownershipCertificateArn === undefined
        ? {}
        : { ownershipCertificate: Certificate.fromCertificateArn(this, "Ownership", ownershipCertificateArn) }),
    };
  }

  #addRecords(hostedZoneId: string, { domainName, latencyRegion }: ApiDomainProps) {
    const { regionalDomainName, regionalHostedZoneId } = this.domain;
    const record = {
      zone: HostedZone.fromHostedZoneId(this, "Zone", hostedZoneId),
      // With the dot at its end it is the whole name: of an imported zone only the id is known.
      recordName: `${domainName}.`,
      target: RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId)),
      ...(latencyRegion === undefined ? {} : { region: latencyRegion }),
    };
    new ARecord(this, "A", record);
    new AaaaRecord(this, "Aaaa", record);
  }
}
