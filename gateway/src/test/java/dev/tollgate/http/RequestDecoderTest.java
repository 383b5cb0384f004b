package dev.tollgate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
  private static final String HEAD = "POST /a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n";
  private static final String CHUNKED =
      HEAD
          + "Transfer-Encoding: chunked\r\n\r\n"
          + "3;x=y\r\n"
          + "abc\r\n"
          + "0a\r\n"
          + "0123456789\r\n"
          + "0\r\n"
          + "X: t\r\n\r\n";
  private static final String PLAIN = HEAD + "Content-Length: 13\r\n\r\nabc0123456789";

  @Test
  void requests_cutAtEveryOffset_readTheSame() {
    String both = CHUNKED + PLAIN;
    for (int cut = 0; cut <= both.length(); cut++) {
      RequestDecoder decoder = new RequestDecoder(HttpServerSettings.builder().build());
      EmbeddedChannel channel = new EmbeddedChannel(decoder);
      channel.writeInbound(bytes(both.substring(0, cut)));
      channel.writeInbound(bytes(both.substring(cut)));
      assertThat(read(channel)).as("cut at %s", cut).isEqualTo("/a b abc0123456789");
      assertThat(channel.<@org.jspecify.annotations.Nullable Object>readInbound())
          .as("held back")
          .isNull();
      decoder.resume();
      assertThat(read(channel)).as("cut at %s", cut).isEqualTo("/a b abc0123456789");
      assertThat(channel.finish()).isFalse();
    }
  }

  @Test
  void faults_cutAtEveryOffset_areFoundTheSame() {
    String folded = "GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n";
    for (int cut = 0; cut <= folded.length(); cut++) {
      EmbeddedChannel channel =
          new EmbeddedChannel(new RequestDecoder(HttpServerSettings.builder().build()));
      channel.writeInbound(bytes(folded.substring(0, cut)));
      channel.writeInbound(bytes(folded.substring(cut)));
      assertThat(channel.<@org.jspecify.annotations.Nullable Object>readInbound())
          .as("cut at %s", cut)
          .isInstanceOf(Malformed.class);
      assertThat(channel.finish()).isFalse();
    }
  }

  private static io.netty.buffer.ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private static String read(EmbeddedChannel channel) {
    StringBuilder text = new StringBuilder();
    HttpRequest head = channel.readInbound();
    text.append(head.uri()).append(' ').append(head.headers().get("x-a")).append(' ');
    while (true) {
      HttpContent content = channel.readInbound();
      text.append(content.content().toString(StandardCharsets.ISO_8859_1));
      content.release();
      if (content instanceof LastHttpContent) {
        return text.toString();
      }
    }
  }
}
