package dev.tollgate.upstream;

/**
 * One model at one provider: what fails, and recovers, as one.
 *
 * @param provider its name
 * @param model as that provider calls it; empty where requests name none
 */
public record TargetName(String provider, String model) {
  @Override
  public String toString() {
    return model.isEmpty() ? provider : provider + "/" + model;
  }
}
