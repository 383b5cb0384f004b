package dev.tollgate.proxy;

import dev.tollgate.upstream.ProviderSettings;

/**
 * A model provider, as the purchase sees it.
 *
 * @param drainsOnDisconnect whether a stream whose client has hung up is read to its end, for its
 *     usage, rather than cancelled
 */
public record Provider(ProviderSettings settings, boolean drainsOnDisconnect) {}
