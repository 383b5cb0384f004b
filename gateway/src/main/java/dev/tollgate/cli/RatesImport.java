package dev.tollgate.cli;

import dev.tollgate.config.RatesWriter;
import dev.tollgate.pricemap.ImportSettings;
import dev.tollgate.pricemap.ImportSettings.ProviderName;
import dev.tollgate.pricemap.ImportedEntry.Taken;
import dev.tollgate.pricemap.PriceMapFault;
import dev.tollgate.pricemap.PriceMapImport;
import dev.tollgate.pricemap.Remark;
import dev.tollgate.pricing.ModelRates;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.core.exc.JacksonIOException;

/** {@code tollgate rates import}. */
@Command(
    name = "import",
    description = {
      "Turns a price map in LiteLLM's format into the models of a rate card.",
      "Reports what it left out, and why. The card goes to the standard output, or to --output."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all that was selected is on the card",
      "1:the map cannot be read, or the card not be written",
      "2:the command line cannot be understood",
      "3:the card is written, but something was left out"
    },
    mixinStandardHelpOptions = true)
final class RatesImport implements Callable<Integer> {
  private static final int EXIT_LEFT_OUT = 3;

  @Parameters(paramLabel = "FILE", description = "The map; - for the standard input.")
  private Path file = Path.of("");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "CARD",
      description = "Where to write the card. Without it, and with --json, none is written.")
  private @Nullable Path output;

  @Option(names = "--overwrite", description = "Writes over a file that is there.")
  private boolean isOverwriting;

  @Option(
      names = "--provider",
      paramLabel = "NAME=GLOB",
      converter = ProviderOption.class,
      description = {
        "Takes the models of the providers that the map calls GLOB, from NAME of gateway.yaml. May",
        "be repeated: the first that matches holds. Without it all are taken, under the map's"
            + " names."
      })
  private List<ProviderName> providers = List.of();

  @Option(
      names = "--only",
      paramLabel = "GLOB",
      description = "Takes the models whose names match. May be repeated.")
  private List<String> only = List.of();

  @Option(
      names = "--free",
      paramLabel = "GLOB",
      description = "Takes prices of 0 of these models as free. May be repeated.")
  private List<String> free = List.of();

  @Option(
      names = "--short-names",
      description = "Names models as their providers do: gpt-4o for azure/gpt-4o.")
  private boolean hasShortNames;

  @Option(names = "--verbose", description = "Reports every model, not only how many.")
  private boolean isVerbose;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JsonOption options = new JsonOption();

  /** {@code vertex=vertex_ai*}. */
  static final class ProviderOption implements ITypeConverter<ProviderName> {
    @Override
    public ProviderName convert(String text) {
      int equals = text.indexOf('=');
      if (equals < 1 || equals == text.length() - 1) {
        throw new TypeConversionException("'" + text + "' is not NAME=GLOB");
      }
      return new ProviderName(text.substring(0, equals), text.substring(equals + 1));
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    Output out = Output.of(spec);
    long bytesOfAll = isStandardInput() ? 0 : file.toFile().length();
    AtomicLong bytes = new AtomicLong();
    PriceMapImport imported =
        ProgressBar.await(out, () -> read(bytes), () -> CountedInput.share(bytes, bytesOfAll));
    String card = RatesWriter.write(heading(), rates(imported), comments(imported.taken()));
    Path target = output;
    if (target != null) {
      CardFile.write(target, card, rates(imported), isOverwriting);
    } else if (!options.json()) {
      out.text(card);
    }
    ImportReport report = new ImportReport(imported, target, isVerbose);
    if (options.json()) {
      out.json(report::write);
    } else {
      report.print(out);
    }
    return imported.isWhole() ? 0 : EXIT_LEFT_OUT;
  }

  private PriceMapImport read(AtomicLong bytes) {
    ImportSettings settings = new ImportSettings(providers, only, free, hasShortNames);
    try (InputStream input = isStandardInput() ? System.in : Files.newInputStream(file)) {
      return PriceMapImport.read(new CountedInput(input, bytes), source(), settings);
    } catch (PriceMapFault fault) {
      throw new CommandFailure(String.valueOf(fault.getMessage()), fault);
    } catch (NoSuchFileException missing) {
      throw new CommandFailure(file + ": there is no such file", missing);
    } catch (IOException | JacksonIOException unreadable) {
      throw CommandFailure.of("cannot read " + file, unreadable);
    }
  }

  private boolean isStandardInput() {
    return file.toString().equals("-");
  }

  private String source() {
    return isStandardInput() ? "the standard input" : file.toString();
  }

  private List<String> heading() {
    return List.of(
        "Models of "
            + (isStandardInput() ? source() : file.getFileName())
            + ". Behind each line stands what it is from.",
        "Each is a price that somebody else has published: check it before you sell by it.");
  }

  private static List<ModelRates> rates(PriceMapImport imported) {
    return imported.taken().stream().map(Taken::rates).toList();
  }

  private static RatesWriter.Comments comments(List<Taken> taken) {
    Map<String, Taken> byModel = new HashMap<>();
    taken.forEach(model -> byModel.put(model.rates().name(), model));
    return (model, key) -> {
      Taken entry = byModel.get(model);
      return entry == null ? null : key.isEmpty() ? summary(entry) : entry.sources().get(key);
    };
  }

  /** {@code openai, chat; left out: input_cost_per_image}. */
  private static String summary(Taken entry) {
    String leftOut =
        entry.remarks().stream()
            .filter(remark -> remark.kind().isLeftOut())
            .map(Remark::key)
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .collect(Collectors.joining(", "));
    return entry.litellmProvider()
        + ", "
        + entry.mode()
        + (leftOut.isEmpty() ? "" : "; left out: " + leftOut);
  }
}
