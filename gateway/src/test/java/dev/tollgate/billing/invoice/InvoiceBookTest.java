package dev.tollgate.billing.invoice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.archive.Archive;
import dev.tollgate.archive.ArchiveSettings;
import dev.tollgate.billing.invoice.InvoiceBook.Draft;
import dev.tollgate.billing.invoice.InvoiceBook.Head;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever draws an invoice as of a head that has moved makes none, and takes no number. */
class InvoiceBookTest {
  private static final YearMonth OCTOBER = YearMonth.of(2026, 10);
  private static final InvoiceSettings SETTINGS =
      new InvoiceSettings(InvoicesForTests.SELLER, "T-", 14, null, false);

  @TempDir private Path directory;
  private Archive archive;
  private InvoiceBook book;

  @BeforeEach
  void open() {
    archive = Archive.open(ArchiveSettings.of(new ArchiveSettings.Embedded(directory)));
    book = new InvoiceBook(archive.records(), InvoiceProbe.NONE);
  }

  @AfterEach
  void close() {
    archive.close();
  }

  private static Draft draft(String id, String account, YearMonth month, long position) {
    Statement statement =
        Statement.of(0, List.of(InvoicesForTests.usage("llama", -position)), Map.of());
    return new Draft(
        id,
        month,
        position,
        1_793_500_000_000L,
        false,
        new Buyer(account, "Buyer", "", List.of()),
        statement,
        SETTINGS);
  }

  private @Nullable String numberOf(Draft draft, @Nullable Head head) {
    return book.make(draft, head).map(Invoice::number).orElse(null);
  }

  @Test
  void make_asOfAHeadThatHasMoved_makesNone() {
    Head october = new Head(OCTOBER, 7, -7);

    assertThat(numberOf(draft("inv_1", "acct_a", OCTOBER, 7), null)).isEqualTo("T-000001");
    assertThat(numberOf(draft("inv_2", "acct_a", OCTOBER, 7), null)).isNull();
    assertThat(numberOf(draft("inv_3", "acct_a", OCTOBER.plusMonths(1), 9), october))
        .isEqualTo("T-000002");
    assertThat(numberOf(draft("inv_4", "acct_a", OCTOBER.plusMonths(2), 11), october)).isNull();
    assertThat(numberOf(draft("inv_5", "acct_b", OCTOBER, 8), null)).isEqualTo("T-000003");
  }
}
