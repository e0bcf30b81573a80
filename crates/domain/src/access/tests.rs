//! The table against the people of the product.
