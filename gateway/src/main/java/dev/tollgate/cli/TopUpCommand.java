package dev.tollgate.cli;

import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/**
 * {@code tollgate topup}: a page on which credits are bought, asked for with the customer's key.
 */
@Command(
    name = "topup",
    description = {
      "Opens a page on which you pay, and prints its address. Credits are there once you have paid."
    },
    mixinStandardHelpOptions = true)
final class TopUpCommand implements Callable<Integer> {
  private static final int CENTS_DECIMALS = 2;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Option(
      names = "--amount",
      required = true,
      paramLabel = "USD",
      converter = Decimal.class,
      description = "What you pay, such as 25 or 12.50.")
  private BigDecimal amount = BigDecimal.ZERO;

  @Option(
      names = "--no-open",
      description = "Only prints the address. So does --json, and where there is no browser.")
  private boolean isNotOpened;

  @Option(
      names = "--idempotency-key",
      description = "The same page for it, however often the command is repeated.")
  private @Nullable String idempotencyKey;

  @Override
  public Integer call() {
    Map<String, Object> body = Map.of("amount_cents", cents());
    JsonNode answer = customer.client().post("/v1/billing/topup", body, idempotencyKey);
    if (customer.json()) {
      return customer.print(spec, answer);
    }
    String url = answer.path("data").path("checkout_url").asString("");
    Output out = Output.of(spec);
    out.line(url);
    if (!isNotOpened && Browser.open(url)) {
      out.note("opened in your browser");
    }
    return 0;
  }

  private long cents() {
    try {
      return amount.movePointRight(CENTS_DECIMALS).longValueExact();
    } catch (ArithmeticException notCents) {
      throw new ParameterException(
          spec.commandLine(), "--amount takes USD with whole cents, such as 25 or 12.50", notCents);
    }
  }
}
