package dev.tollgate.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway keeps its name. */
class ConsumerNameTest {
  @TempDir private Path directory;

  private String name(int seed) throws IOException {
    return ConsumerName.in(directory.resolve("data"), new SplittableRandom(seed));
  }

  @Test
  void name_atTheNextStart_isTheSame() throws IOException {
    String first = name(1);

    assertThat(first).matches("gateway-[0-9a-f]{16}");
    assertThat(name(2)).isEqualTo(first);
  }

  @Test
  void name_thatIsBroken_isAnotherOne() throws IOException {
    String first = name(1);
    Files.writeString(directory.resolve("data/archive-consumer"), first.substring(0, 9));

    assertThat(name(2)).isNotEqualTo(first).isEqualTo(name(3));
  }
}
