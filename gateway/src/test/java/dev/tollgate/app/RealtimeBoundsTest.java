package dev.tollgate.app;

import static dev.tollgate.app.RealtimeGateway.ASKS;
import static dev.tollgate.app.RealtimeGateway.MODEL;
import static dev.tollgate.app.RealtimeGateway.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.provider.ProviderSocket;
import dev.tollgate.provider.RealtimeAnswers;
import dev.tollgate.testing.SocketFrames;
import dev.tollgate.testing.SocketFrames.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What Realtime sessions are held to: frames, time, a reader's pace, and the gateway's own end. */
class RealtimeBoundsTest extends RealtimeSessions {
  RealtimeBoundsTest() {
    super(74);
  }

  // ---- frames

  @Test
  void messages_largeAndInFragments_arePassedAsTheyCame() throws Exception {
    String large =
        "{\"type\":\"conversation.item.create\",\"x\":\"" + "ä€😀z".repeat(90_000) + "\"}";
    realtime.playing(
        socket -> {
          String said = Objects.requireNonNull(socket.message());
          socket.send(said);
          socket.sendFragments(said, 70_001);
          socket.write(SocketFrames.PING, true, "here?".getBytes(StandardCharsets.UTF_8));
          socket.frame();
          socket.message();
          socket.close(4321, "enough, ü");
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.sendFragments(large, 99_991);
      assertThat(client.next()).isEqualTo(large);
      Frame first = client.nextFrame();
      assertThat(first.payload()).hasSize(70_001);
      assertThat(first.isFinal()).isFalse();
      String rest = "";
      Frame frame = first;
      for (; frame.opcode() != SocketFrames.PING; frame = client.nextFrame()) {
        rest += new String(frame.payload(), StandardCharsets.ISO_8859_1);
      }
      assertThat(rest)
          .isEqualTo(
              new String(large.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
      assertThat(frame.text()).isEqualTo("here?");
      client.write(SocketFrames.PONG, true, "here!".getBytes(StandardCharsets.UTF_8));
      client.send("{\"type\":\"session.update\"}");
      assertThat(client.closing()).isEqualTo("4321 enough, ü");
    }
    List<Frame> received = realtime.theirs().received();
    assertThat(received.getFirst().payload()).hasSize(99_991);
    assertThat(received).anyMatch(frame -> frame.text().equals("here!"));
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
  }

  @Test
  void frames_thatBreakTheProtocolOrABound_closeTheSessionAndSayWhy() throws Exception {
    realtime.limiting("frame_bytes_max: 1KiB, message_bytes_max: 2KiB");
    realtime.playing(ProviderSocket::awaitGone);
    try (RealtimeClient client = open()) {
      client.raw(SocketFrames.frame(SocketFrames.TEXT, true, false, new byte[3]));
      assertThat(client.closing()).startsWith("1002 ");
    }
    try (RealtimeClient client = open()) {
      client.write(SocketFrames.TEXT, true, new byte[1025]);
      assertThat(client.closing()).startsWith("1009 The frame is larger than 1024 bytes.");
    }
    try (RealtimeClient client = open()) {
      client.sendFragments("x".repeat(2049), 1000);
      assertThat(client.closing()).startsWith("1009 The message is larger than 2048 bytes.");
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(provider.account().await(3)).allMatch(served -> served.failure() == null);
  }

  @Test
  void aFrame_ofTheProvider_thatIsTooLarge_endsTheSession() throws Exception {
    realtime.limiting("frame_bytes_max: 1KiB, close_millis_max: 100ms");
    realtime.playing(
        socket -> {
          socket.send("x".repeat(1025));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }
    gateway.awaitSettled(key);
    Frame told = realtime.theirs().received().getLast();
    assertThat(told.code()).isEqualTo(1009);
  }

  @Test
  void aMessage_ofTheProvider_thatIsTooLarge_endsTheSession() throws Exception {
    realtime.limiting("message_bytes_max: 2KiB");
    realtime.playing(
        socket -> {
          socket.sendFragments("x".repeat(2049), 1000);
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      assertThat(client.closing()).isEqualTo("1011 upstream_error");
    }
    gateway.awaitSettled(key);
    gateway.await(() -> !realtime.theirs().received().isEmpty());
    assertThat(realtime.theirs().received().getLast().code()).isEqualTo(1009);
  }

  @Test
  void aSlowReader_makesTheProviderWait() throws Exception {
    int frames = 400;
    String frame =
        "{\"type\":\"response.output_text.delta\",\"x\":\"" + "y".repeat(100_000) + "\"}";
    AtomicInteger sent = new AtomicInteger();
    Semaphore heard = new Semaphore(0);
    realtime.playing(
        socket -> {
          Thread sender = Thread.ofVirtual().start(() -> sendAll(socket, frames, frame, sent));
          Frame said = Objects.requireNonNull(socket.frame());
          for (; said.opcode() != SocketFrames.CLOSE; said = socket.frame()) {
            heard.release();
          }
          sender.join();
          socket.write(SocketFrames.CLOSE, true, said.payload());
        });
    try (RealtimeClient client =
        RealtimeClient.open(gateway.connect(16_384), MODEL, "authorization", "Bearer " + key)) {
      // Sockets and watermarks hold a few MiB of the forty. It stands still once nothing more is
      // taken from it while the event loop goes round and round with what the client says.
      int before = 0;
      for (int i = 0; i < 1_000 && (before == 0 || before != sent.get()); i++) {
        before = sent.get();
        for (int round = 0; round < 50; round++) {
          client.write(SocketFrames.PING, true, new byte[1]);
          assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        }
      }
      assertThat(sent.get()).isEqualTo(before).isBetween(1, frames - 1);
      for (int i = 0; i < frames; i++) {
        assertThat(client.next()).isEqualTo(frame);
      }
      assertThat(sent).hasValue(frames);
      client.close(1000, "");
      client.closing();
    }
  }

  private static void sendAll(ProviderSocket socket, int frames, String frame, AtomicInteger sent) {
    try {
      for (int i = 0; i < frames; i++) {
        sent.incrementAndGet();
        socket.send(frame);
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- time

  @Test
  void aSession_inWhichNothingIsSaid_isClosed_andItsResponsePaidAsFarAsItCame() throws Exception {
    realtime.limiting("idle_millis_max: 300ms, close_millis_max: 100ms");
    realtime.playing(
        socket -> {
          socket.message();
          socket.send(RealtimeAnswers.delta(answers.begin(socket), TEXT));
          socket.awaitGone();
        });
    try (RealtimeClient client = open()) {
      client.send(ASKS).await("response.output_text.delta");
      assertThat(client.closing()).isEqualTo("1001 session_idle");
      // Its close has not been answered.
      assertThat(client.message()).isNull();
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(RealtimeGateway.TEXT_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "client_gone");
    assertThat(realtime.theirs().received().getLast().code()).isEqualTo(1000);
  }

  @Test
  void aSession_thatGoesOnForTooLong_isClosed_andSoIsAProviderThatDoesNotListen() throws Exception {
    realtime.limiting("session_millis_max: 300ms, close_millis_max: 100ms");
    realtime.playing(
        socket -> {
          while (true) {
            socket.send("{\"type\":\"rate_limits.updated\"}");
            Thread.sleep(10);
          }
        });
    try (RealtimeClient client = open()) {
      assertThat(client.closing()).isEqualTo("1001 session_expired");
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isZero();
    assertThat(provider.account().await(1).getFirst().failure()).isNotNull();
  }

  // ---- the gateway's own end

  @Test
  void aGateway_thatStops_letsTheTurnEnd_beginsNoOther_andGoesAway() throws Exception {
    realtime.playing(
        socket -> {
          if (socket.message() != null) {
            String id = answers.begin(socket);
            realtime.awaitWord();
            socket.send(answers.done(id, answers.draw()));
            socket.awaitGone();
          }
        });
    GatewayForTests other = gateway.another();
    List<RealtimeClient> idle = new ArrayList<>();
    try (RealtimeClient client = RealtimeClient.open(other, key, MODEL)) {
      client.send(ASKS).await("response.created");
      for (int i = 0; i < 4; i++) {
        idle.add(RealtimeClient.open(other, key, MODEL));
      }
      Thread stopping = Thread.ofVirtual().start(() -> close(other));
      for (RealtimeClient one : idle) {
        assertThat(one.closing()).isEqualTo("1001 gateway_stopping");
        one.close(1001, "");
      }
      client.send(ASKS).write(SocketFrames.PING, true, new byte[1]);
      realtime.goOn();
      client.await("response.done");
      assertThat(client.closing()).isEqualTo("1001 gateway_stopping");
      client.close(1001, "");
      stopping.join();
    } finally {
      for (RealtimeClient one : idle) {
        one.close();
      }
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(answers.costNanoUsd());
  }

  @Test
  void aGateway_thatStops_doesNotWaitLongForATurn_whichCostsWhatWasDelivered() throws Exception {
    realtime.playing(
        socket -> {
          socket.message();
          socket.send(RealtimeAnswers.delta(answers.begin(socket), TEXT));
          socket.awaitGone();
        });
    GatewayForTests other =
        gateway.changed(RealtimeGateway.setup("http: { drain_millis_max: 200ms }\n"));
    try (RealtimeClient client = RealtimeClient.open(other, key, MODEL)) {
      client.send(ASKS).await("response.output_text.delta");
      Thread stopping = Thread.ofVirtual().start(() -> close(other));
      assertThat(client.closing()).isEqualTo("1001 gateway_stopping");
      assertThat(client.message()).isNull();
      stopping.join();
    }
    gateway.awaitSettled(key);
    assertThat(gateway.spentNanoUsd(key)).isEqualTo(RealtimeGateway.TEXT_NANO_USD);
    assertThat(gateway.lastSettlement(key)).containsEntry("estimated", "upstream_broke");
  }

  private static void close(GatewayForTests gateway) {
    try {
      gateway.close();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }
}
