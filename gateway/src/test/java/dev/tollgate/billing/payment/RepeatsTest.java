package dev.tollgate.billing.payment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.billing.payment.Repeats.Asked;
import dev.tollgate.billing.payment.Repeats.Try;
import dev.tollgate.domain.AccountId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepeatsTest {
  private static final Asked ASKED = new Asked(new AccountId("acct_a"), "topup", "2500", "key");

  @TempDir private Path directory;
  private final List<String> done = new ArrayList<>();
  private Archive archive;
  private Repeats repeats;

  @BeforeEach
  void open() {
    archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
    repeats = new Repeats(archive.records());
  }

  @AfterEach
  void close() {
    archive.close();
  }

  private void ask(String subject, long atMillis) {
    var unused =
        repeats.once(
            ASKED,
            subject,
            atMillis,
            id -> {
              done.add(id);
              return new Try.Answered(new Document(200, "{}"));
            });
  }

  @Test
  void key_isRemembered_untilItIsForgotten() {
    ask("pay_1", 1_000);
    ask("pay_2", 2_000);
    repeats.forgetBefore(1_000);
    ask("pay_3", 3_000);
    assertThat(done).containsExactly("pay_1");

    repeats.forgetBefore(1_001);
    ask("pay_4", 4_000);
    assertThat(done).containsExactly("pay_1", "pay_4");
  }
}
