package dev.tollgate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.auth.AuthSettings;
import dev.tollgate.auth.Authenticator;
import dev.tollgate.auth.KnownKeys;
import dev.tollgate.dialect.Dialects;
import dev.tollgate.http.Reply;
import dev.tollgate.http.RequestSink;
import dev.tollgate.http.ServerRequest;
import dev.tollgate.http.ServerResponse;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.upstream.BreakerSettings;
import dev.tollgate.upstream.Targets;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A bug in the engine costs the client an error, not an endless wait, and nobody any money. */
class ExchangeFaultTest {
  private static final Dialects DIALECTS = new Dialects("/topup", MeterSettings.DEFAULTS);

  private final FakeLedger ledger = new FakeLedger();
  private final List<Reply> replies = new ArrayList<>();

  @Test
  void aFaultAfterTheHold_releasesItAndAnswers500() {
    EmbeddedChannel channel = new EmbeddedChannel();
    Catalog catalog =
        new Catalog(
            Purchases.card(Purchases.rates(Purchases.PRICES, Purchases.TARGET)),
            Map.of("acme", Purchases.provider("acme", "openai")),
            QuoteSettings.DEFAULT,
            ProxySettings.DEFAULT);
    Lane lane =
        new Lane(
            channel.eventLoop(),
            new Authenticator(
                AuthSettings.DEFAULT,
                new KnownKeys(AuthSettings.DEFAULT),
                hash -> CompletableFuture.completedFuture(Optional.of(Purchases.KEY))),
            ledger,
            (request, listener) -> {
              request.body().release();
              throw new IllegalStateException("a bug");
            },
            delivered -> CompletableFuture.completedFuture(0L),
            () -> catalog,
            InstantSource.system(),
            ExchangeListener.NONE,
            new Targets(BreakerSettings.DEFAULT, System::nanoTime),
            new Random(1));
    MeteredHandler handler =
        new MeteredHandler(
            lane,
            DIALECTS,
            Purchases.chat(),
            new CardOffers(Set.of("openai"), Purchases.chat().soldBy()),
            (refusal, path, id) -> Reply.json(refusal.status(), refusal.code()));

    RequestSink sink = handler.begin(request(), response(channel));
    sink.onBody(
        Unpooled.copiedBuffer("{\"model\":\"llama\",\"messages\":[]}", StandardCharsets.UTF_8));
    sink.onBodyEnd();

    assertThat(replies).extracting(reply -> reply.status().code()).containsExactly(500);
    assertThat(ledger.calls).containsExactly("hold req_1", "release req_1 gateway_fault");
    channel.finishAndReleaseAll();
  }

  private static ServerRequest request() {
    return new ServerRequest(
        Purchases.request(1),
        HttpMethod.POST,
        "/v1/chat/completions",
        null,
        new DefaultHttpHeaders().set("authorization", "Bearer a-key"),
        System.nanoTime());
  }

  /** Notes what is sent whole; nothing else is called. */
  private ServerResponse response(EmbeddedChannel channel) {
    return (ServerResponse)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ServerResponse.class},
            (self, method, arguments) -> {
              switch (method.getName()) {
                case "send" -> replies.add((Reply) arguments[0]);
                case "isStarted" -> {
                  return !replies.isEmpty();
                }
                case "isWritable" -> {
                  return true;
                }
                case "eventLoop" -> {
                  return channel.eventLoop();
                }
                default -> throw new AssertionError("unexpected " + method);
              }
              return null;
            });
  }
}
