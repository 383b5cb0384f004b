package dev.tollgate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped files with random bytes changed: read or refused, never an exception. */
class ConfigFuzzTest {
  private static final int ROUNDS = 400;
  private static final String BYTES = "{}[]:,-#&*!|>'\"%@`$ \n\t019.eE~?\u00e9\u0000";

  @TempDir private Path directory;

  @Test
  void mutatedFiles_areReadOrRefused_andNothingElse() throws IOException {
    long seed = Long.getLong("seed", new Random().nextLong());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] gateway = Files.readAllBytes(Path.of("../config/gateway.yaml"));
    byte[] rates = Files.readAllBytes(Path.of("../config/rates.yaml"));
    ConfigFiles files = new ConfigFiles(directory);
    ConfigLoader loader = ConfigFiles.loader();
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(files.gateway(), round % 2 == 0 ? mutated(gateway, random) : gateway);
      Files.write(files.rates(), round % 2 == 0 ? rates : mutated(rates, random));

      Checked<Snapshot> checked = loader.load(files.gateway());

      if (checked instanceof Checked.Faulty<Snapshot> faulty) {
        assertThat(faulty.faults()).as("seed %d, round %d", seed, round).isNotEmpty();
      }
    }
  }

  private static byte[] mutated(byte[] original, Random random) {
    byte[] mutated = original.clone();
    byte[] bytes = BYTES.getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      mutated[random.nextInt(mutated.length)] = bytes[random.nextInt(bytes.length)];
    }
    return mutated;
  }
}
