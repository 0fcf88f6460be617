/** Whether API Gateway takes an origin of a CORS configuration: `*`, `https://*`, or a scheme and a host (9.7, OBS+). */
export const isCorsOrigin = (origin: string): boolean => origin === "*" || /^https?:\/\/(\*|[^/?#\s@]+)$/i.test(origin);
