package dev.tollgate.http2;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** Headers as fields of HTTP/2. */
public final class Fields {
  /** What HTTP/2 has other ways for (RFC 9113, 8.2.2). */
  private static final Set<AsciiString> OF_THE_CONNECTION =
      Set.of(
          AsciiString.cached("connection"),
          AsciiString.cached("keep-alive"),
          AsciiString.cached("proxy-connection"),
          AsciiString.cached("te"),
          AsciiString.cached("transfer-encoding"),
          AsciiString.cached("upgrade"));

  private Fields() {}

  /** All of them but those about the connection, with their names in lower case. */
  public static void addAll(HttpHeaders from, Http2Headers to) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> i = from.iteratorCharSequence();
        i.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = i.next();
      AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
      if (!OF_THE_CONNECTION.contains(name)) {
        to.add(name, field.getValue());
      }
    }
  }
}
