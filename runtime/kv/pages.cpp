// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/pages.hpp"

#include <bit>

#include <fmt/format.h>

namespace aisle::kv::pages {
namespace {

constexpr std::uint32_t page_bytes_min = 512;
constexpr std::uint32_t page_bytes_max = 65536;
constexpr std::size_t main_tree_at = 24 + tree_bytes;

heads_or_defect bad(std::uint64_t at, std::string what) {
  return {.good = std::nullopt, .bad = {.at = at, .what = std::move(what)}};
}

meta read_meta(std::string_view page) {
  const auto at = page.substr(head_bytes);
  return {.free = read_tree(at.substr(24)),
          .main = read_tree(at.substr(main_tree_at)),
          .map_bytes = little_at<std::uint64_t>(at, 16),
          .last_page = little_at<std::uint64_t>(at, main_tree_at + tree_bytes),
          .transaction = little_at<std::uint64_t>(at, main_tree_at + tree_bytes + 8)};
}

std::string wrong_in(std::string_view page) {
  if (page.size() < meta_bytes) return "the file ends in it";
  if ((little_at<std::uint16_t>(page, 10) & flag::meta) == 0) return "it is no head page";
  if (little_at<std::uint32_t>(page, head_bytes) != magic) return "its magic number is not LMDB's";
  const auto its = little_at<std::uint32_t>(page, head_bytes + 4);
  if (its != version) return fmt::format("its version is {}, not {}", its, version);
  return {};
}

bool can_be(const tree& t, const meta& of) {
  return t.root == no_page ? t.entries == 0 : t.root <= of.last_page && t.root >= meta_pages;
}

std::string wrong_in(const meta& m, std::uint64_t number) {
  if (m.last_page + 1 < meta_pages || m.last_page > UINT64_MAX / page_bytes_max) {
    return fmt::format("its last page is {}", m.last_page);
  }
  if (m.transaction > 1 && (m.transaction & 1) != number) {
    return fmt::format("its transaction is {}", m.transaction);
  }
  return {};
}

}  // namespace

tree read_tree(std::string_view bytes) {
  return {.pad = little_at<std::uint32_t>(bytes, 0),
          .flags = little_at<std::uint16_t>(bytes, 4),
          .depth = little_at<std::uint16_t>(bytes, 6),
          .branch_pages = little_at<std::uint64_t>(bytes, 8),
          .leaf_pages = little_at<std::uint64_t>(bytes, 16),
          .overflow_pages = little_at<std::uint64_t>(bytes, 24),
          .entries = little_at<std::uint64_t>(bytes, 32),
          .root = little_at<std::uint64_t>(bytes, 40)};
}

heads_or_defect read_heads(std::string_view first_pages) {
  if (first_pages.size() < meta_bytes) return bad(0, "the file is shorter than its head");
  heads out;
  if (const auto wrong = wrong_in(first_pages); !wrong.empty()) {
    return bad(0, "head page 0: " + wrong);
  }
  out.page_bytes = read_meta(first_pages).free.pad;
  if (out.page_bytes < page_bytes_min || out.page_bytes > page_bytes_max ||
      !std::has_single_bit(out.page_bytes)) {
    return bad(0, fmt::format("head page 0: its pages have {} bytes", out.page_bytes));
  }
  for (std::uint64_t i = 0; i < meta_pages; ++i) {
    const auto at = i * out.page_bytes;
    const auto page = first_pages.substr(std::min<std::size_t>(at, first_pages.size()));
    auto wrong = wrong_in(page);
    if (wrong.empty()) {
      out.metas[i] = read_meta(page);
      wrong = wrong_in(out.metas[i], i);
    }
    if (!wrong.empty()) return bad(at, fmt::format("head page {}: {}", i, wrong));
  }
  const auto& [a, b] = out.metas;
  const auto apart =
      a.transaction > b.transaction ? a.transaction - b.transaction : b.transaction - a.transaction;
  if (apart > 1) {
    return bad(0, fmt::format("the head pages are of transactions {} and {}, which do not follow "
                              "one another",
                              a.transaction, b.transaction));
  }
  // The older one may hold roots of a transaction that failed: LMDB does not look at them.
  const auto& newest = out.newest();
  if (!can_be(newest.free, newest) || !can_be(newest.main, newest)) {
    return bad((newest.transaction & 1) * out.page_bytes, "a root is no page of the file");
  }
  return {.good = out, .bad = {}};
}

}  // namespace aisle::kv::pages
