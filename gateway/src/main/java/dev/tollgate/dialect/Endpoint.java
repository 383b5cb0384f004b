package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of a dialect: where its requests name what matters, where its answers report usage.
 */
public interface Endpoint {
  /** What text in, text out is sold by. */
  List<Set<Meter>> BY_TOKENS = List.of(Set.of(Meter.INPUT, Meter.OUTPUT));

  /** What costs nothing, however much it is used. */
  List<Set<Meter>> FREE = List.of(Set.of());

  default HttpMethod method() {
    return HttpMethod.POST;
  }

  /**
   * On the public port: {@code /v1/chat/completions}; may have places: {@code
   * /v1beta/models/{model}:generateContent}. Its name in metrics, too.
   */
  String path();

  /**
   * Appended to the provider's base URL: {@code /chat/completions}.
   *
   * @param model as the provider calls it; empty where requests name none
   */
  String upstreamPath(String model, Map<String, String> pathParameters);

  /**
   * The query of the request to the provider.
   *
   * @param query as the client sent it; null when there is none
   */
  default @Nullable String upstreamQuery(@Nullable String query) {
    return query;
  }

  /**
   * The client's key, where requests of this endpoint may carry it in their query; null when it is
   * not there. It must not be in {@link #upstreamQuery}.
   */
  default @Nullable String keyIn(@Nullable String query) {
    return null;
  }

  /** The dialects, beside its own, of providers that serve it: their requests are the same. */
  default Set<String> otherDialects() {
    return Set.of();
  }

  /**
   * What an event says of where the request went.
   *
   * @param requestPath as sent
   */
  default String nameOf(String requestPath) {
    return path();
  }

  /** The kind of its ledger entries: {@code debit_inference}. */
  default String entryKind() {
    return "debit_inference";
  }

  /**
   * By what its answers may be sold: each of these is enough, and the first one counts for which a
   * model has all prices. A model that has those of none is not served here: no price, no service.
   */
  default List<Set<Meter>> soldBy() {
    return BY_TOKENS;
  }

  /** What it does with things that providers keep; null where it is not about them. */
  default @Nullable ObjectAct objectAct() {
    return null;
  }

  /** Reads a request's body as it arrives. */
  PromptReader newPromptReader(RequestHead head);

  /**
   * Whether an answer is passed on as it comes, rather than when it is whole.
   *
   * @param isStreamAsked whether the request asked for a stream
   */
  default boolean isPassedOnAtOnce(AnswerHead head, boolean isStreamAsked) {
    return head.isEventStream();
  }

  /**
   * Whether it does no harm when the provider sees the same request twice: an answer is only an
   * answer.
   */
  default boolean isRepeatable() {
    return true;
  }

  /** Whether an answer without a body is one, rather than a fault of the provider's. */
  default boolean mayAnswerWithoutBody() {
    return false;
  }

  /**
   * @param head whether an answer is a stream or a JSON body is told by its first byte, and by its
   *     content type only where that leaves it open, whatever was asked for
   * @param variant of the provider that answers
   * @param dropsAddedUsage whether {@link Prompt#usageEdits()} had been applied, so that the usage
   *     which only we asked for must not reach the client
   */
  AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage);
}
