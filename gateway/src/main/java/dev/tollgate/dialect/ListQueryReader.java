package dev.tollgate.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;
import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads which page of a list is asked for. What it does not know it refuses: a filter that was
 * passed over would list too much.
 */
final class ListQueryReader implements PromptReader {
  private static final int LIMIT_MAX = 10_000;
  private static final int LIMIT_DIGITS_MAX = 5;
  private static final int WORD_CHARACTERS_MAX = 256;

  private final @Nullable String query;
  private final Set<String> known;
  private Refusal.@Nullable InvalidRequest refusal;

  /**
   * @param query as sent; null for none
   * @param known the names that it may have
   */
  ListQueryReader(@Nullable String query, Set<String> known) {
    this.query = query;
    this.known = known;
  }

  @Override
  public void read(ByteBuf piece) {}

  @Override
  public Result end() {
    Map<String, String> values = values();
    int limit = limit(values.getOrDefault("limit", ""));
    String order = values.getOrDefault("order", "desc");
    if (!order.equals("desc") && !order.equals("asc")) {
      refuse("`order` must be asc or desc.", "order");
    }
    if (refusal != null) {
      return new Result.Refused(refusal);
    }
    ListQuery page =
        new ListQuery(
            values.get("after"), limit, order.equals("desc"), values.getOrDefault("purpose", ""));
    return new Result.Understood(Prompt.ofNothing().keeping(Keeping.of(page)));
  }

  private Map<String, String> values() {
    Map<String, String> values = new HashMap<>();
    if (query == null || query.isEmpty()) {
      return values;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
      String value = decoded(equals < 0 ? "" : pair.substring(equals + 1));
      if (!known.contains(name)) {
        refuse("`" + name + "` is not taken here.", name);
      } else if (value.length() > WORD_CHARACTERS_MAX || values.put(name, value) != null) {
        refuse("`" + name + "` is too long, or given twice.", name);
      }
    }
    values.values().removeIf(String::isEmpty);
    return values;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException malformed) {
      return text;
    }
  }

  private int limit(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    boolean isNumber =
        text.length() <= LIMIT_DIGITS_MAX && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int limit = isNumber ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > LIMIT_MAX) {
      refuse("`limit` must be an integer between 1 and " + LIMIT_MAX + ".", "limit");
    }
    return limit;
  }

  /** The first fault is the one that is told. */
  private void refuse(String message, String param) {
    if (refusal == null) {
      refusal = new Refusal.InvalidRequest(message, param);
    }
  }
}
