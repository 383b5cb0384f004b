package dev.tollgate.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.dialect.PromptReader;
import dev.tollgate.dialect.RequestHead;
import dev.tollgate.domain.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IncomingBodyTest {
  private static final String BODY = "{\"model\":\"llama\",\"messages\":[]}";

  private final BodyMemory memory = new BodyMemory();
  private final List<ByteBuf> sent = new ArrayList<>();

  private static ProxySettings bounds(int bodyBytesMax, long bodiesBytesMax) {
    return new ProxySettings(
        bodyBytesMax,
        bodiesBytesMax,
        1,
        3,
        1,
        1,
        1,
        1,
        RetrySettings.DEFAULT,
        RealtimeSettings.DEFAULT);
  }

  private IncomingBody body(ProxySettings bounds) {
    return new IncomingBody(
        Purchases.chat().newPromptReader(new RequestHead("", Map.of())), memory, bounds);
  }

  private ByteBuf piece(String text) {
    ByteBuf piece = Unpooled.copiedBuffer(text, UTF_8);
    sent.add(piece);
    return piece;
  }

  @AfterEach
  void everyPiece_isReleasedAndItsMemoryGivenBack() {
    assertThat(sent).allMatch(piece -> piece.refCnt() == 0);
    assertThat(memory.heldBytes()).isZero();
  }

  @Test
  void pieces_areReadAndKept() {
    IncomingBody body = body(bounds(100, 100));
    body.add(piece(BODY.substring(0, 10)));
    body.add(piece(""));
    body.add(piece(BODY.substring(10)));

    assertThat(memory.heldBytes()).isEqualTo(BODY.length());
    assertThat(body.end()).isInstanceOf(PromptReader.Result.Understood.class);
    ByteBuf first = body.take();
    ByteBuf second = body.take();
    assertThat(first.toString(UTF_8)).isEqualTo(BODY);
    body.discard();
    assertThat(second.toString(UTF_8)).as("for another try, after the end").isEqualTo(BODY);
    first.release();
    second.release();
  }

  @Test
  void aBody_ofExactlyTheBound_isTaken() {
    IncomingBody body = body(bounds(BODY.length(), BODY.length()));
    body.add(piece(BODY));

    assertThat(body.refusal()).isNull();
    body.discard();
    body.discard();
  }

  @Test
  void aBody_beyondItsBound_isRefusedAndLetGoAtOnce() {
    IncomingBody body = body(bounds(10, 100));
    body.add(piece("0123456789"));
    body.add(piece("x"));

    assertThat(body.refusal()).isEqualTo(new Refusal.BodyTooLarge(10));
    assertThat(memory.heldBytes()).isZero();
    assertThat(sent).allMatch(piece -> piece.refCnt() == 0);
    body.add(piece("more"));
    body.discard();
  }

  @Test
  void bodies_beyondTheLanesBound_areRefusedAsOverload() {
    IncomingBody first = body(bounds(100, 30));
    IncomingBody second = body(bounds(100, 30));
    first.add(piece("0123456789".repeat(2)));
    second.add(piece("0123456789"));
    second.add(piece("x"));

    assertThat(first.refusal()).isNull();
    assertThat(second.refusal()).isInstanceOf(Refusal.Overloaded.class);
    assertThat(memory.heldBytes()).as("what the other has").isEqualTo(20);
    first.discard();
    IncomingBody third = body(bounds(100, 30));
    third.add(piece("0123456789".repeat(3)));
    assertThat(third.refusal()).isNull();
    second.discard();
    third.discard();
  }

  @Test
  void aBody_ofManyTinyPieces_isKeptInFew() {
    String wide = BODY.replace("[]", "[" + " ".repeat(20_000) + "]");
    IncomingBody body = body(bounds(100_000, 100_000));
    for (int i = 0; i < wide.length(); i++) {
      body.add(piece(wide.substring(i, i + 1)));
    }

    assertThat(body.end()).isInstanceOf(PromptReader.Result.Understood.class);
    ByteBuf taken = body.take();
    assertThat(taken.toString(UTF_8)).isEqualTo(wide);
    assertThat(((CompositeByteBuf) taken.unwrap()).numComponents()).isLessThan(1100);
    body.discard();
    taken.release();
  }
}
