//! What tests of several crates share; never part of the product.
