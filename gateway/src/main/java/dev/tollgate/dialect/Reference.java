package dev.tollgate.dialect;

import dev.tollgate.domain.ObjectKind;

/**
 * Something that a request names and that its provider keeps: it must be the caller's own.
 *
 * @param param where the request names it
 */
public record Reference(ObjectKind kind, String id, String param) {}
