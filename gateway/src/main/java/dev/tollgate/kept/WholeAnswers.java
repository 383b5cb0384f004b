package dev.tollgate.kept;

import dev.tollgate.upstream.Upstream;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/**
 * Asks for whole answers only: of a part nobody could tell whether what it is about is done, and
 * what it has used.
 */
final class WholeAnswers {
  private static final List<CharSequence> CONDITIONS =
      List.of(
          HttpHeaderNames.RANGE,
          HttpHeaderNames.IF_RANGE,
          HttpHeaderNames.IF_NONE_MATCH,
          HttpHeaderNames.IF_MODIFIED_SINCE,
          HttpHeaderNames.IF_MATCH,
          HttpHeaderNames.IF_UNMODIFIED_SINCE);

  private WholeAnswers() {}

  static Upstream of(Upstream upstream) {
    return (request, listener) -> {
      unconditional(request.headers());
      return upstream.call(request, listener);
    };
  }

  static void unconditional(HttpHeaders headers) {
    CONDITIONS.forEach(headers::remove);
  }
}
