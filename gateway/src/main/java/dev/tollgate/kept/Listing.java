package dev.tollgate.kept;

import dev.tollgate.dialect.Dialect;
import dev.tollgate.dialect.Endpoint;
import dev.tollgate.ledger.KeptObject;
import dev.tollgate.ledger.KeptObjects.Page;
import dev.tollgate.proxy.Provider;
import java.util.List;

/**
 * A page of a list that is to be answered.
 *
 * @param polling by which the provider is asked for each
 * @param listed in order
 * @param page as the ledger has it; what it names and {@code listed} does not have is gone
 */
record Listing(Keeper keeper, Dialect dialect, Endpoint polling, List<Listed> listed, Page page) {
  /**
   * @param provider who has it
   */
  record Listed(KeptObject object, Provider provider) {}
}
