package dev.tollgate.dialect;

import dev.tollgate.domain.Meter;
import dev.tollgate.metering.AnswerMeter;
import dev.tollgate.metering.AnswerMeters;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A call of an API that is sold by the call: nothing in it is read, and nothing in its answer
 * counted. One of these serves one request.
 *
 * @param path the pattern of its route, with the method: {@code GET /api/premium/**}
 * @param requestPath as sent, and as it is sent on
 */
public record PlainCall(HttpMethod method, String path, String requestPath) implements Endpoint {
  /** By the call alone. */
  public static final Set<Meter> BY_THE_CALL = Set.of(Meter.REQUEST);

  @Override
  public String upstreamPath(String model, Map<String, String> pathParameters) {
    return requestPath;
  }

  @Override
  public String nameOf(String sentPath) {
    return sentPath;
  }

  @Override
  public String entryKind() {
    return "debit_request";
  }

  /** Nobody here knows what it does. */
  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public List<Set<Meter>> soldBy() {
    return List.of(BY_THE_CALL);
  }

  @Override
  public PromptReader newPromptReader(RequestHead head) {
    return new PromptReader() {
      @Override
      public void read(ByteBuf piece) {}

      @Override
      public Result end() {
        return new Result.Understood(Prompt.ofNothing());
      }
    };
  }

  @Override
  public boolean mayAnswerWithoutBody() {
    return true;
  }

  @Override
  public AnswerMeter newAnswerMeter(AnswerHead head, Variant variant, boolean dropsAddedUsage) {
    return AnswerMeters.ofNothing(head.status());
  }
}
