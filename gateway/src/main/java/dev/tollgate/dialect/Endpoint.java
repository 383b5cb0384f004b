package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import java.util.Set;

/**
 * One endpoint of a dialect: where its requests name what matters, where its answers report usage.
 */
public interface Endpoint {
  /** On the public port: {@code /v1/chat/completions}. */
  String path();

  /** Appended to the provider's base URL: {@code /chat/completions}. */
  String upstreamPath();

  /** The kind of its ledger entries: {@code debit_inference}. */
  default String entryKind() {
    return "debit_inference";
  }

  /** The meters without which a model cannot be sold here: no price, no service. */
  default Set<Meter> pricedMeters() {
    return Set.of(Meter.INPUT, Meter.OUTPUT);
  }

  /** Reads a request's body as it arrives. */
  PromptReader newPromptReader();

  /**
   * @param contentType of the answer, empty when it has none; whether it is a stream or a JSON body
   *     is told by its first byte, and by this only where that leaves it open, whatever was asked
   *     for
   * @param contentEncoding of the answer, empty when it has none; a compressed answer is counted on
   *     an unpacked copy and passed on as it is
   * @param dropsAddedUsage whether {@link Prompt#usageEdits()} had been applied, so that the usage
   *     which only we asked for must not reach the client
   */
  AnswerMeter newAnswerMeter(
      int status, String contentType, String contentEncoding, boolean dropsAddedUsage);
}
