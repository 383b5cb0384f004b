package dev.tollgate.cli;

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

@Command(name = "credit", description = "book money to an account", mixinStandardHelpOptions = true)
final class CreditCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AdminOptions admin = new AdminOptions();

  @Parameters(index = "0", paramLabel = "ACCOUNT")
  private String account = "";

  @Parameters(index = "1", paramLabel = "USD", description = "such as 25 or 0.50")
  private String amount = "";

  @Option(
      names = "--kind",
      defaultValue = "topup",
      description = "topup, signup_bonus, refund or adjustment (default: ${DEFAULT-VALUE})")
  private String kind = "";

  @Option(names = "--reference", description = "a note for the books")
  private @Nullable String reference;

  @Option(
      names = "--idempotency-key",
      description = "books at most once for it, however often the command is repeated")
  private @Nullable String idempotencyKey;

  @Override
  public Integer call() {
    Map<String, Object> body = new LinkedHashMap<>();
    Arguments.putNumber(body, "amount_usd", amount);
    body.put("kind", kind);
    Arguments.putText(body, "reference", reference);
    Arguments.print(
        spec,
        admin.json(),
        admin
            .client()
            .post(
                "/admin/v1/accounts/" + Arguments.encode(account) + "/credits",
                body,
                idempotencyKey),
        "id",
        "kind",
        "amount_usd",
        "balance_usd");
    return 0;
  }
}
