package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisFaultTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "READONLY You can't write against a read only replica. | NOT_PRIMARY",
        "ERR Error running script (call to f_0): @user_script:58: @user_script: 58: -READONLY You"
            + " can't write against a read only replica. | NOT_PRIMARY",
        "CLUSTERDOWN The cluster is down | NOT_SERVING",
        "CLUSTERDOWN Hash slot not served | NOT_SERVING",
        "LOADING Redis is loading the dataset in memory | NOT_SERVING",
        "TRYAGAIN Multiple keys request during rehashing of slot | NOT_SERVING",
        "MASTERDOWN Link with MASTER is down | NOT_SERVING",
        "MOVED 1 127.0.0.1:1 | NOT_SERVING",
        "ERR the script says LOADING | UNKNOWN",
        "OOM command not allowed | UNKNOWN",
        "MISCONF Redis is configured to save | UNKNOWN",
      })
  void answer_isJudgedByItsCode(String message, RedisFault fault) {
    assertThat(RedisFault.of(new RedisCommandExecutionException(message))).isEqualTo(fault);
  }

  @ParameterizedTest
  @CsvSource({
    "Currently not connected. Commands are rejected., NOT_SERVING",
    "LOADING is no answer here, UNKNOWN"
  })
  void failureOfTheClient_isKnownOnlyWhenNothingWasSent(String message, RedisFault fault) {
    assertThat(RedisFault.of(new RedisException(message))).isEqualTo(fault);
  }
}
