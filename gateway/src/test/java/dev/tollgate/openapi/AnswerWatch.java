package dev.tollgate.openapi;

import dev.tollgate.openapi.ApiDescription.Port;
import dev.tollgate.testing.MessageHead;
import dev.tollgate.testing.RawClient;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sees every answer of one port that tests receive, and fails the test that received one that is
 * not as described. Safe for use by any thread.
 */
public final class AnswerWatch implements RawClient.Onlooker {
  private final ApiDescription description = ApiDescription.get();
  private final Port port;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  public AnswerWatch(Port port) {
    this.port = port;
  }

  @Override
  public void onAnswer(String method, String target, MessageHead head, byte @Nullable [] body) {
    ReceivedAnswer answer = new ReceivedAnswer(method, target, head, body);
    List<String> faults = description.faults(port, answer);
    if (!faults.isEmpty()) {
      throw new AssertionError("not as docs/openapi.yaml has it: " + faults);
    }
    String name = description.nameOf(port, answer);
    if (name != null) {
      seen.add(name);
    }
  }

  /** Those of {@link ApiDescription#answers} that have been seen. */
  public Set<String> seen() {
    return Set.copyOf(seen);
  }
}
