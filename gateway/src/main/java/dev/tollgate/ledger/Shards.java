package dev.tollgate.ledger;

import dev.tollgate.domain.AccountId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/** Which shard an account lives in: the CRC-32 of its id, modulo the number of shards. For ever. */
final class Shards {
  private final List<Shard> shards;

  Shards(int count) {
    if (count < 1 || count > 16_384) {
      throw new IllegalArgumentException("shards must be 1 to 16384, not " + count);
    }
    this.shards = IntStream.range(0, count).mapToObj(Shard::new).toList();
  }

  Shard of(AccountId account) {
    return shards.get(numberOf(account));
  }

  int numberOf(AccountId account) {
    CRC32 crc = new CRC32();
    crc.update(account.value().getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() % shards.size());
  }

  List<Shard> all() {
    return shards;
  }
}
