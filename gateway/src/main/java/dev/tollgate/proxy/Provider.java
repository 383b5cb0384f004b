package dev.tollgate.proxy;

import dev.tollgate.dialect.Variant;
import dev.tollgate.upstream.ProviderSettings;

/**
 * A model provider, as the purchase sees it.
 *
 * @param variant in what it differs from others of its dialect
 * @param drainsOnDisconnect whether a stream whose client has hung up is read to its end, for its
 *     usage, rather than cancelled
 */
public record Provider(ProviderSettings settings, Variant variant, boolean drainsOnDisconnect) {}
