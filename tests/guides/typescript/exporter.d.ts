/** As much of `@opentelemetry/exporter-trace-otlp-http` as guides touch. */
export declare class OTLPTraceExporter {
  constructor(options: { url: string; headers?: Record<string, string> });
}
