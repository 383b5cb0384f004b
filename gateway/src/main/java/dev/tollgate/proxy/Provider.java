package dev.tollgate.proxy;

import dev.tollgate.dialect.Variant;
import dev.tollgate.upstream.HealthCheckSettings;
import dev.tollgate.upstream.ProviderSettings;
import org.jspecify.annotations.Nullable;

/**
 * A model provider, as the purchase sees it.
 *
 * @param variant in what it differs from others of its dialect
 * @param drainsOnDisconnect whether a stream whose client has hung up is read to its end, for its
 *     usage, rather than cancelled
 * @param keepsFiles whether files go to it; null where the configuration does not say: then they do
 *     if it is the only one of its dialect
 * @param healthCheck how it is asked whether it is well; null where it is not
 */
public record Provider(
    ProviderSettings settings,
    Variant variant,
    boolean drainsOnDisconnect,
    @Nullable Boolean keepsFiles,
    @Nullable HealthCheckSettings healthCheck) {
  /** One that may or may not keep files, and is not checked. */
  public Provider(ProviderSettings settings, Variant variant, boolean drainsOnDisconnect) {
    this(settings, variant, drainsOnDisconnect, null, null);
  }
}
