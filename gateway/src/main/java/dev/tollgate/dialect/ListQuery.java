package dev.tollgate.dialect;

import org.jspecify.annotations.Nullable;

/**
 * A page of a list, as it is asked for.
 *
 * @param after the id after which it begins; null for the first page
 * @param limit how many; 0 where the request does not say
 * @param purpose of files; empty for any
 */
public record ListQuery(@Nullable String after, int limit, boolean isNewestFirst, String purpose) {}
