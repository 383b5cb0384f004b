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
    description = {
      "Shows what is left of your balance, to the last nano-USD, and what last came in or went out."
    },
    mixinStandardHelpOptions = true)
final class BalanceCommand implements Callable<Integer> {
  private static final int NEWEST = 10;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CustomerOptions customer = new CustomerOptions();

  @Override
  public Integer call() {
    ApiClient client = customer.client();
    JsonNode usage = client.get("/v1/usage");
    int exit =
        customer.print(spec, usage, "planName", "balance", "remaining", "unit", "expires_at");
    if (!customer.json()) {
      spec.commandLine().getOut().println();
      TransactionsCommand.newest(client, NEWEST).print(spec.commandLine().getOut());
    }
    return exit;
  }
}
