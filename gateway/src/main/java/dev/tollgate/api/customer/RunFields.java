package dev.tollgate.api.customer;

import dev.tollgate.account.Fields;
import dev.tollgate.pricing.TrainingPrice;
import dev.tollgate.runs.RunAsked;
import dev.tollgate.runs.RunAsked.What;
import dev.tollgate.runs.RunSettings;
import dev.tollgate.runs.SettleAsked;
import org.jspecify.annotations.Nullable;

/** What is said of a run, read strictly. */
final class RunFields {
  private static final int EPOCHS_MAX = 1_000;
  private static final int ITERATIONS_MAX = 10_000;
  private static final long TOKENS_MAX = 1_000_000_000_000L;
  private static final long LEASE_SECONDS_MIN = 60;
  private static final long MILLIS = 1_000;
  private static final String RUN = "run";
  private static final String CENTS = "amount_cents";
  private static final String TOKENS = "training_tokens";
  private static final String CHARS = "training_chars";

  private final RunSettings settings;

  RunFields(RunSettings settings) {
    this.settings = settings;
  }

  /** What is to be held for. */
  RunAsked asked(Fields fields) {
    Fields run = fields.object(RUN);
    Long cents = fields.integer(CENTS, 1, TrainingPrice.CENTS_BEYOND - 1);
    if ((run == null) == (cents == null)) {
      throw new Fields.Fault(RUN, "Either run or amount_cents is required.");
    }
    What what = run == null ? new What.Amount(required(CENTS, cents)) : run(run);
    Long lease =
        fields.integer("lease_seconds", LEASE_SECONDS_MIN, settings.leaseMillisMax() / MILLIS);
    RunAsked asked =
        new RunAsked(
            what,
            orEmpty(fields.text("reference")),
            orEmpty(fields.text("description")),
            lease == null ? settings.leaseMillis() : lease * MILLIS);
    fields.rejectOthers();
    return asked;
  }

  What.Run run(Fields run) {
    try {
      Long tokens = run.integer(TOKENS, 1, TOKENS_MAX);
      Long characters = run.integer(CHARS, 1, TOKENS_MAX * settings.charsPerToken());
      if ((tokens == null) == (characters == null)) {
        throw new Fields.Fault(TOKENS, "Either training_tokens or training_chars is required.");
      }
      Long iterations = run.integer("iterations", 1, ITERATIONS_MAX);
      What.Run what =
          new What.Run(
              run.requiredText("model"),
              required("epochs", run.integer("epochs", 1, EPOCHS_MAX)),
              tokens == null
                  ? Math.ceilDiv(required(CHARS, characters), (long) settings.charsPerToken())
                  : tokens,
              iterations == null ? 0 : iterations.intValue());
      run.rejectOthers();
      return what;
    } catch (Fields.Fault fault) {
      throw new Fields.Fault(RUN + "." + fault.param(), String.valueOf(fault.getMessage()));
    }
  }

  /** What a run is to be settled at. */
  static SettleAsked settled(Fields fields) {
    Long tokens = fields.integer(TOKENS, 0, TOKENS_MAX);
    Long cents = fields.integer(CENTS, 0, TrainingPrice.CENTS_BEYOND - 1);
    if (tokens != null && cents != null) {
      throw new Fields.Fault(CENTS, "Either training_tokens or amount_cents, not both.");
    }
    Long iteration = fields.integer("iteration", 1, ITERATIONS_MAX);
    boolean isFinal = Boolean.TRUE.equals(fields.flag("final"));
    fields.rejectOthers();
    return new SettleAsked(tokens, cents, iteration == null ? null : iteration.intValue(), isFinal);
  }

  private static long required(String name, @Nullable Long value) {
    if (value == null) {
      throw new Fields.Fault(name, name + " is required.");
    }
    return value;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
