package dev.tollgate.domain;

/** A key and the account that pays for it: all that a bearer token is ever resolved to. */
public record KeyRef(AccountId account, KeyId key) {}
