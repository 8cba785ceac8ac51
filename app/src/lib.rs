//! The pages of Xiangdan.
