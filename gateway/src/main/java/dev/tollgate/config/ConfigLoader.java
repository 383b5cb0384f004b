package dev.tollgate.config;

import dev.tollgate.pricing.RateCard;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the two files and checks them together. Safe for use by several threads. */
public final class ConfigLoader {
  private final Variables variables;
  private final ConfigBounds bounds;

  /**
   * @param environment what {@code ${NAME}} is filled in from
   */
  public ConfigLoader(Map<String, String> environment, ConfigBounds bounds) {
    this.variables = new Variables(environment);
    this.bounds = bounds;
  }

  /** Reads {@code gateway.yaml} and the rate card that it names. Blocks on the disk. */
  public Checked<Snapshot> load(Path gatewayFile) {
    Findings findings = new Findings(bounds.faultsMax());
    Node root = YamlFile.read(gatewayFile, bounds, variables, findings);
    if (root == null) {
      return new Checked.Faulty<>(findings.faults(), List.of(), List.of(gatewayFile));
    }
    GatewayReader reader = new GatewayReader(gatewayFile);
    GatewayConfig gateway = section(root, findings).readWhole(reader::read);
    Path ratesFile = reader.rateCard();
    Providers providers = new Providers(GatewayReader.providerNames(root));
    RateCard rates = rates(ratesFile, providers, findings);
    List<Path> files = List.of(gatewayFile, ratesFile);
    if (rates == null || findings.hasFaults()) {
      return new Checked.Faulty<>(findings.faults(), findings.notices(), files);
    }
    Snapshot snapshot = new Snapshot(gateway, rates, gatewayFile, ratesFile, places(root));
    String summary = "providers: " + gateway.providers().size() + ", " + summary(rates);
    return new Checked.Valid<>(snapshot, summary, findings.notices(), files);
  }

  /** Reads a rate card alone: that its providers exist cannot be known. Blocks on the disk. */
  public Checked<RateCard> loadRates(Path ratesFile) {
    Findings findings = new Findings(bounds.faultsMax());
    RateCard rates = rates(ratesFile, new Providers(null), findings);
    List<Path> files = List.of(ratesFile);
    return rates == null || findings.hasFaults()
        ? new Checked.Faulty<>(findings.faults(), findings.notices(), files)
        : new Checked.Valid<>(rates, summary(rates), findings.notices(), files);
  }

  private static String summary(RateCard rates) {
    return "models: %d, training prices: %d, packages: %d, plans: %d"
        .formatted(
            rates.models().size(),
            rates.trainingNanoUsd().size(),
            rates.packages().size(),
            rates.plans().size());
  }

  private @Nullable RateCard rates(Path file, Providers providers, Findings findings) {
    Node root = YamlFile.read(file, bounds, variables, findings);
    return root == null
        ? null
        : section(root, findings).readWhole(new RatesReader(providers)::read);
  }

  private static Section section(Node root, Findings findings) {
    return new Value(root, "", findings).section(root.place());
  }

  private static Map<String, Place> places(Node root) {
    Map<String, Place> places = new HashMap<>();
    addPlaces(root, "", places);
    return places;
  }

  private static void addPlaces(Node node, String path, Map<String, Place> places) {
    if (node instanceof Node.Mapping mapping) {
      for (Node.Entry entry : mapping.entries()) {
        String key = path.isEmpty() ? entry.key() : path + "." + entry.key();
        places.put(key, entry.place());
        addPlaces(entry.value(), key, places);
      }
    }
  }
}
