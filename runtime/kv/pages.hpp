// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/kv/bytes.hpp"

/// The file format of LMDB 0.9 as we look at it without LMDB, before we trust it with the file: its
/// version has been 1 since 2012. Taken from mdb.c of 0.9.24 (MDB_page, MDB_meta, MDB_db,
/// MDB_node).
namespace aisle::kv::pages {

inline constexpr std::size_t meta_pages = 2;
inline constexpr std::uint32_t magic = 0xbeefc0de;
inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t no_page = UINT64_MAX;

namespace flag {
inline constexpr std::uint16_t branch = 0x01;
inline constexpr std::uint16_t leaf = 0x02;
inline constexpr std::uint16_t overflow = 0x04;
inline constexpr std::uint16_t meta = 0x08;
/// LMDB leaves it set in pages that it wrote.
inline constexpr std::uint16_t dirty = 0x10;
}  // namespace flag

/// A page's head: its number, 2 bytes unused, flags, and where its free space lies.
inline constexpr std::size_t head_bytes = 16;
/// A node's head: size of the value (or a page's number), flags, size of the key.
inline constexpr std::size_t node_head_bytes = 8;
namespace node_flag {
/// The value lies in overflow pages.
inline constexpr std::uint16_t big = 0x01;
/// The value is the root of a named table.
inline constexpr std::uint16_t table = 0x02;
}  // namespace node_flag

/// The root of one B-tree.
struct tree {
  std::uint32_t pad = 0;
  std::uint16_t flags = 0;
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t entries = 0;
  std::uint64_t root = no_page;
};
inline constexpr std::size_t tree_bytes = 48;
/// `bytes` must have `tree_bytes`.
[[nodiscard]] tree read_tree(std::string_view bytes);

struct meta {
  /// Free pages, by the transaction that freed them; the size of pages stands in its pad.
  tree free;
  tree main;
  std::uint64_t map_bytes = 0;
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
};
inline constexpr std::size_t meta_bytes = head_bytes + 136;

/// What is wrong with a file, and at which byte.
struct defect {
  std::uint64_t at = 0;
  std::string what;
};

/// The two metas of a file, and which LMDB will take.
struct heads {
  std::array<meta, meta_pages> metas;
  std::uint32_t page_bytes = 0;
  [[nodiscard]] const meta& newest() const {
    return metas[metas[0].transaction < metas[1].transaction ? 1 : 0];
  }
};

/// Reads the heads from the first bytes of a file, which must be at least `meta_bytes` and should
/// be two pages. Checks all that can be told from them alone.
struct heads_or_defect {
  std::optional<heads> good;
  defect bad;
};
[[nodiscard]] heads_or_defect read_heads(std::string_view first_pages);

}  // namespace aisle::kv::pages
