package dev.tollgate.cli;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code tollgate credit}: through the admin API of a running gateway. */
@Command(
    name = "credit",
    description = "Books money to an account.",
    mixinStandardHelpOptions = true)
final class CreditCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions admin = new AdminOptions();

  @Parameters(index = "0", paramLabel = "ACCOUNT")
  private String account = "";

  @Parameters(
      index = "1",
      paramLabel = "USD",
      converter = Decimal.class,
      description = "Such as 25 or 0.50.")
  private BigDecimal amount = BigDecimal.ZERO;

  @Option(
      names = "--kind",
      defaultValue = "topup",
      description = "topup, signup_bonus, refund or adjustment; ${DEFAULT-VALUE} unless given.")
  private String kind = "";

  @Option(names = "--reference", description = "A note for the books.")
  private @Nullable String reference;

  @Option(
      names = "--idempotency-key",
      description = "Books at most once for it, however often the command is repeated.")
  private @Nullable String idempotencyKey;

  @Override
  public Integer call() {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    Arguments.put(body, "amount_usd", amount);
    body.put("kind", kind);
    Arguments.put(body, "reference", reference);
    JsonNode credited =
        admin.client().post(AccountsCommand.path(account) + "/credits", body, idempotencyKey);
    return admin.print(spec, credited, "id", "kind", "amount_usd", "balance_usd");
  }
}
