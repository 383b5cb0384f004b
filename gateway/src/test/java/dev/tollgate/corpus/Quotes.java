package dev.tollgate.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.dialect.Dialects;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.dialect.Prompt;
import dev.tollgate.dialect.PromptReader;
import dev.tollgate.dialect.RequestHead;
import dev.tollgate.metering.MeterSettings;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Prices;
import dev.tollgate.pricing.PromptSize;
import dev.tollgate.pricing.QuoteSettings;
import dev.tollgate.pricing.Target;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The input that the gateway quotes for a request, with the settings that it ships with. */
final class Quotes {
  private static final ModelRates RATES =
      ModelRates.of("m", new Target("acme", "m"), Prices.builder().build());

  private final Map<String, Endpoint> endpoints =
      new Dialects("/topup", MeterSettings.DEFAULTS)
          .all().stream()
              .flatMap(dialect -> dialect.endpoints().stream())
              .collect(Collectors.toMap(Endpoint::path, Function.identity()));

  long of(CorpusRequest request) {
    Prompt prompt = prompt(request);
    PromptSize size =
        new PromptSize(
            prompt.textBytes(),
            prompt.messages(),
            prompt.images(),
            prompt.imageTokens(),
            prompt.countedTokens(),
            null,
            1);
    return size.inputTokens(QuoteSettings.DEFAULT, RATES);
  }

  Prompt prompt(CorpusRequest request) {
    PromptReader reader =
        Objects.requireNonNull(endpoints.get(request.path()))
            .newPromptReader(new RequestHead("application/json", Map.of()));
    reader.read(Unpooled.wrappedBuffer(request.body().getBytes(UTF_8)));
    return switch (reader.end()) {
      case PromptReader.Result.Understood(Prompt prompt) -> prompt;
      case PromptReader.Result.Refused(var refusal) ->
          throw new IllegalArgumentException(request + ": " + refusal.message());
    };
  }
}
