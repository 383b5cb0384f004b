package dev.tollgate.pricemap;

import dev.tollgate.domain.Meter;
import dev.tollgate.pricemap.ImportedEntry.LeftOut;
import dev.tollgate.pricemap.ImportedEntry.Reason;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import dev.tollgate.pricemap.PriceMapReader.Entry;
import dev.tollgate.pricing.ModelRates;
import dev.tollgate.pricing.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a model of an entry, or says why not. */
final class EntryImport {
  private static final Pattern NAME = Pattern.compile("[\\x21-\\x7E]{1,256}");

  /** {@code 1024-x-1536/…}: a price by size, and often by quality. */
  private static final Pattern SIZE = Pattern.compile("(?:.*/)?[a-z0-9]+-x-[a-z0-9]+/.*");

  private final ImportSettings settings;

  EntryImport(ImportSettings settings) {
    this.settings = settings;
  }

  /** Null for an entry that is not selected. */
  @Nullable ImportedEntry read(Entry entry) {
    String litellmProvider = entry.value().path("litellm_provider").asString("");
    String provider = settings.provider(litellmProvider);
    boolean isSample = entry.name().equals(PriceMapImport.SAMPLE);
    if (isSample || provider == null || !settings.isSelected(entry.name())) {
      return null;
    }
    if (!entry.value().isObject()) {
      return leftOut(entry, Reason.NOT_A_MODEL, "");
    }
    if (litellmProvider.isEmpty()) {
      return leftOut(entry, Reason.NO_PROVIDER, "");
    }
    String modeName = entry.value().path("mode").asString("");
    if (modeName.isEmpty()) {
      return leftOut(entry, Reason.NO_MODE, "");
    }
    Mode mode = Mode.of(modeName);
    if (mode == null) {
      return leftOut(entry, Reason.MODE_NOT_SERVED, modeName);
    }
    if (!NAME.matcher(entry.name()).matches()) {
      return leftOut(entry, Reason.BAD_NAME, "");
    }
    if (SIZE.matcher(entry.name()).matches()) {
      return leftOut(entry, Reason.ONE_SIZE, "");
    }
    return priced(entry, mode, modeName, provider, litellmProvider);
  }

  private ImportedEntry priced(
      Entry entry, Mode mode, String modeName, String provider, String litellmProvider) {
    EntryPrices prices = EntryReader.read(entry.value(), mode, settings.isFree(entry.name()));
    String fault = prices.fault();
    if (fault != null) {
      return leftOut(entry, Reason.FAULTY, fault);
    }
    Set<Meter> way = mode.ways().stream().filter(prices::has).findFirst().orElse(null);
    if (way == null) {
      boolean isFree = mode.ways().stream().anyMatch(prices::wouldHave);
      String needs = modeName + " needs " + mode.needs();
      return leftOut(entry, isFree ? Reason.FREE : Reason.PRICE_MISSING, isFree ? "" : needs);
    }
    prices.sellBy(way);
    prices.join();
    EntryBounds bounds = EntryBounds.of(entry.value(), mode);
    String upstream = upstreamName(entry.name(), litellmProvider);
    ModelRates rates =
        new ModelRates(
            settings.hasShortNames() ? upstream : entry.name(),
            List.of(new Target(provider, upstream)),
            prices.base(),
            prices.tiers(),
            prices.serviceTiers(0),
            bounds.outputTokens(),
            bounds.contextTokens());
    Map<String, String> sources = new HashMap<>(prices.sources());
    sources.put("max_output_tokens", bounds.outputSource());
    sources.put("context_tokens", bounds.contextSource());
    return new Taken(
        entry.name(), entry.line(), rates, modeName, litellmProvider, sources, prices.remarks());
  }

  /**
   * What the provider itself calls the model: without the provider's name before it, {@code
   * vertex_ai/} of {@code vertex_ai-anthropic_models} too.
   */
  private static String upstreamName(String name, String litellmProvider) {
    int slash = name.indexOf('/');
    if (slash < 1 || slash == name.length() - 1) {
      return name;
    }
    String prefix = plain(name.substring(0, slash));
    String provider = plain(litellmProvider);
    return provider.equals(prefix) || provider.startsWith(prefix + "_")
        ? name.substring(slash + 1)
        : name;
  }

  private static String plain(String provider) {
    return provider.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  private static LeftOut leftOut(Entry entry, Reason reason, String detail) {
    return new LeftOut(entry.name(), entry.line(), reason, detail);
  }
}
