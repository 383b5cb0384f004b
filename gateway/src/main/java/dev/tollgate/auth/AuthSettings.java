package dev.tollgate.auth;

import java.time.Duration;

/**
 * @param cachedKeysMax how many keys are remembered, by all event loops together
 * @param cachedKeyMillisMax for how long
 * @param keyCharactersMax of a bearer key; a longer one is not looked up
 */
public record AuthSettings(int cachedKeysMax, long cachedKeyMillisMax, int keyCharactersMax) {
  public static final AuthSettings DEFAULT =
      new AuthSettings(100_000, Duration.ofMinutes(10).toMillis(), 512);
}
