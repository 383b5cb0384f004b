package dev.tollgate.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate balance}: what a customer has, asked with the customer's own key. */
@Command(
    name = "balance",
    description = "Shows what is left of your balance, to the last nano-USD.",
    mixinStandardHelpOptions = true)
final class BalanceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Override
  public Integer call() {
    JsonNode usage = customer.client().get("/v1/usage");
    return customer.print(spec, usage, "planName", "balance", "remaining", "unit", "expires_at");
  }
}
