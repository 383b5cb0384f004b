package dev.tollgate.pricing;

import java.util.List;

/** How much may be topped up at once, and the amounts offered for a quick pick. In nano-USD. */
public record TopUpRates(long minNanoUsd, long maxNanoUsd, List<Long> presetsNanoUsd) {
  public TopUpRates {
    presetsNanoUsd = List.copyOf(presetsNanoUsd);
  }
}
