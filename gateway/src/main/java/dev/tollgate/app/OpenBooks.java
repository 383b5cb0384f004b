package dev.tollgate.app;

import dev.tollgate.archive.Books;
import dev.tollgate.archive.CatchUp;

/** The archive as the account API reads it. */
record OpenBooks(Books books, CatchUp catchUp) {}
