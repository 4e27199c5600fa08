// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/page_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aisle::kv {

using namespace pages;

result<page_file> page_file::open(const std::filesystem::path& file) {
  page_file made{::open(file.c_str(), O_RDONLY | O_CLOEXEC), 0};
  struct stat facts{};
  if (made.descriptor_ < 0 || ::fstat(made.descriptor_, &facts) != 0) {
    const auto why = std::generic_category().message(errno);
    return fail(errno == ENOENT ? errc::not_found : errc::no_permission,
                fmt::format("cannot read {}: {}; check the path", file.string(), why));
  }
  made.bytes_ = static_cast<std::uint64_t>(facts.st_size);
  return made;
}

page_file::page_file(page_file&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, bytes_{other.bytes_} {}

page_file& page_file::operator=(page_file&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

page_file::~page_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void page_file::read(std::uint64_t at, std::size_t most, std::string& into) const {
  into.resize(most);
  std::size_t have = 0;
  while (have < most) {
    const auto got =
        ::pread(descriptor_, into.data() + have, most - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  into.resize(have);
}

/// A node of a page.
struct page_walk::node {
  std::uint16_t flags = 0;
  std::string_view key;
  /// Of a leaf: the value, or, when it is big, what says where it is.
  std::string_view value;
  std::uint64_t value_bytes = 0;
  /// Of a branch.
  std::uint64_t child = 0;
};

/// The keys that may stand below a node: from `first`, before `end`.
struct page_walk::bounds {
  std::string_view first;
  std::string_view end;
};

/// One tree on its way through.
struct page_walk::tree_walk {
  std::string name;
  tree root;
  bool leaves = true;
  /// Keys are numbers in the machine's order.
  bool integer_keys = false;
  tree seen;

  [[nodiscard]] bool before(std::string_view a, std::string_view b) const {
    if (integer_keys && a.size() == 8 && b.size() == 8) {
      return little_at<std::uint64_t>(a, 0) < little_at<std::uint64_t>(b, 0);
    }
    return a < b;
  }
  /// Empty bounds are none.
  [[nodiscard]] bool within(std::string_view key, const bounds& of) const {
    return (of.first.empty() || !before(key, of.first)) && (of.end.empty() || before(key, of.end));
  }
};

namespace {

constexpr unsigned depth_max = 32;
constexpr std::size_t overflow_count_at = 12;
constexpr std::string_view free_list = "free pages";
constexpr std::string_view table_list = "list of tables";
/// Read in every walk: few rows, and what they hold cannot be missed.
constexpr std::array<std::string_view, 4> small_tables{free_list, table_list, "ledger", "control"};

}  // namespace

page_walk::page_walk(const page_file& file, walk_depth depth, row_visitor visit)
    : file_{file}, depth_{depth}, visit_{std::move(visit)} {}

bool page_walk::reads_leaves(std::string_view table) const {
  return depth_ == walk_depth::leaves ||
         std::ranges::find(small_tables, table) != small_tables.end();
}

void page_walk::defect(std::uint64_t page, std::string what) {
  if (defects_.size() < defects_max) {
    defects_.push_back({.at = page * heads_.page_bytes, .what = std::move(what)});
  }
}

std::vector<defect> page_walk::run() {
  std::string first;
  file_.read(0, 2 * 65536, first);
  auto read = read_heads(first);
  if (!read.good) return {read.bad};
  heads_ = *read.good;
  // A page that was taken and freed again at the end of the file may never have been written, so
  // that the file may end before the last page: but not before one that is used.
  const auto pages = heads_.newest().last_page + 1;
  if (pages > file_.bytes() / heads_.page_bytes * 2 + 1024) {
    return {{.at = file_.bytes(), .what = fmt::format("the file ends here, of {} pages", pages)}};
  }
  marks_.assign(pages, mark::none);
  counts_.pages = pages;
  walk_free_list();
  walk_tables();
  if (depth_ == walk_depth::leaves && defects_.empty() &&
      counts_.used + counts_.free + meta_pages != pages) {
    defect(0, fmt::format("of {} pages {} are used and {} free: the others are lost", pages,
                          counts_.used, counts_.free));
  }
  return std::move(defects_);
}

void page_walk::walk_free_list() {
  tree_walk in{.name = std::string{free_list},
               .root = heads_.newest().free,
               .leaves = true,
               .integer_keys = true,
               .seen = {}};
  walk_tree(in);
}

void page_walk::walk_tables() {
  tree_walk in{.name = std::string{table_list},
               .root = heads_.newest().main,
               .leaves = true,
               .integer_keys = false,
               .seen = {}};
  walk_tree(in);
  for (const auto& [name, root] : tables_) {
    tree_walk of{.name = name,
                 .root = root,
                 .leaves = reads_leaves(name),
                 .integer_keys = false,
                 .seen = {}};
    walk_tree(of);
  }
}

bool page_walk::could_be_ours(std::string_view table) const {
  return tables_.empty() || std::ranges::find(tables_, table, &named_tree::name) != tables_.end();
}

void page_walk::walk_tree(tree_walk& in) {
  const auto& root = in.root;
  if (root.root == no_page) return;
  if (root.depth == 0 || root.depth > depth_max) {
    defect(0, fmt::format("{}: the root says depth {}", in.name, root.depth));
    return;
  }
  if (!claim(root.root, 1, mark::used, 0)) return;
  walk(in, root.root, root.depth, {});
  const auto& seen = in.seen;
  const bool same_pages =
      seen.branch_pages == root.branch_pages && seen.leaf_pages == root.leaf_pages;
  const bool same_rows =
      !in.leaves || (seen.entries == root.entries && seen.overflow_pages == root.overflow_pages);
  if (defects_.empty() && !(same_pages && same_rows)) {
    defect(root.root, fmt::format("{}: {} rows on {} + {} + {} pages, where the root says {} on {} "
                                  "+ {} + {}",
                                  in.name, seen.entries, seen.branch_pages, seen.leaf_pages,
                                  seen.overflow_pages, root.entries, root.branch_pages,
                                  root.leaf_pages, root.overflow_pages));
  }
}

bool page_walk::claim(std::uint64_t first, std::uint64_t count, mark as, std::uint64_t from_page) {
  if (first < meta_pages || count == 0 || first >= marks_.size() || count > marks_.size() - first) {
    defect(from_page,
           fmt::format("page {} points to page {}, which is not there", from_page, first));
    return false;
  }
  if (as == mark::used && (first + count) * heads_.page_bytes > file_.bytes()) {
    defect(from_page, fmt::format("page {} points to page {}, but the file ends before that",
                                  from_page, first));
    return false;
  }
  for (auto page = first; page < first + count; ++page) {
    if (marks_[page] != mark::none) {
      defect(from_page, fmt::format("page {} points to page {}, which is {}", from_page, page,
                                    marks_[page] == mark::used ? "used elsewhere" : "free"));
      return false;
    }
    marks_[page] = as;
  }
  (as == mark::used ? counts_.used : counts_.free) += count;
  return true;
}

bool page_walk::load(std::uint64_t number, std::uint16_t kind, std::string& into) {
  file_.read(number * heads_.page_bytes, heads_.page_bytes, into);
  if (into.size() < heads_.page_bytes) {
    defect(number, fmt::format("page {} cannot be read", number));
    return false;
  }
  const auto flags = little_at<std::uint16_t>(into, 10);
  if (little_at<std::uint64_t>(into, 0) != number || (flags & ~flag::dirty) != kind) {
    defect(number, fmt::format("page {} is not what is expected there", number));
    return false;
  }
  return true;
}

void page_walk::walk(tree_walk& in, std::uint64_t page, unsigned level, const bounds& keys) {
  const bool leaf = level == 1;
  ++(leaf ? in.seen.leaf_pages : in.seen.branch_pages);
  if (leaf && !in.leaves) return;
  std::string bytes;
  if (!load(page, leaf ? flag::leaf : flag::branch, bytes)) return;
  const auto nodes = nodes_of(bytes, page, leaf);
  if (!nodes || !check_keys(in, *nodes, page, keys, leaf)) return;
  leaf ? walk_rows(in, *nodes, page) : walk_children(in, *nodes, page, level, keys);
}

bool page_walk::check_keys(const tree_walk& in, const std::vector<node>& nodes,
                           std::uint64_t number, const bounds& keys, bool leaf) {
  // The first key of a branch counts as less than any, whatever it is.
  for (std::size_t i = leaf ? 0 : 1; i < nodes.size(); ++i) {
    const bool first = i == (leaf ? 0U : 1U);
    if (nodes[i].key.empty() || !in.within(nodes[i].key, keys) ||
        (!first && !in.before(nodes[i - 1].key, nodes[i].key))) {
      defect(number, fmt::format("page {}: its keys do not ascend", number));
      return false;
    }
  }
  return true;
}

std::optional<std::vector<page_walk::node>> page_walk::nodes_of(const std::string& page,
                                                                std::uint64_t number, bool leaf) {
  const std::size_t lower = little_at<std::uint16_t>(page, 12);
  const std::size_t upper = little_at<std::uint16_t>(page, 14);
  const auto bad = [&](std::string_view what) {
    defect(number, fmt::format("page {}: {}", number, what));
    return std::nullopt;
  };
  if (lower < head_bytes || lower > upper || upper > page.size() || lower % 2 != 0) {
    return bad("its free space is not within it");
  }
  std::vector<node> out;
  out.reserve((lower - head_bytes) / 2);
  std::size_t filled = 0;
  for (auto i = head_bytes; i < lower; i += 2) {
    const std::size_t at = little_at<std::uint16_t>(page, i);
    if (at < upper || at + node_head_bytes > page.size()) return bad("a node is not within it");
    const std::string_view rest = std::string_view{page}.substr(at);
    const std::uint64_t size =
        little_at<std::uint16_t>(rest, 0) | std::uint64_t{little_at<std::uint16_t>(rest, 2)} << 16;
    node n;
    n.flags = little_at<std::uint16_t>(rest, 4);
    const std::size_t key = little_at<std::uint16_t>(rest, 6);
    if (leaf) {
      n.value_bytes = size;
    } else {
      n.child = size | std::uint64_t{n.flags} << 32;
    }
    const std::size_t inside = !leaf ? 0 : (n.flags & node_flag::big) != 0 ? 8 : size;
    const auto all = node_head_bytes + key + inside;
    if (all > rest.size()) return bad("a node is longer than the page");
    n.key = rest.substr(node_head_bytes, key);
    n.value = rest.substr(node_head_bytes + key, inside);
    filled += (all + 1) / 2 * 2;
    out.push_back(n);
  }
  if (filled != page.size() - upper) return bad("its nodes do not fill it");
  return out;
}

void page_walk::walk_children(tree_walk& in, const std::vector<node>& nodes, std::uint64_t number,
                              unsigned level, const bounds& keys) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!claim(nodes[i].child, 1, mark::used, number)) continue;
    walk(in, nodes[i].child, level - 1,
         {.first = i == 0 ? keys.first : nodes[i].key,
          .end = i + 1 < nodes.size() ? nodes[i + 1].key : keys.end});
  }
}

void page_walk::walk_rows(tree_walk& in, const std::vector<node>& nodes, std::uint64_t number) {
  for (const auto& n : nodes) {
    ++in.seen.entries;
    ++counts_.rows;
    std::optional<std::string> big;
    if (n.flags == node_flag::big) {
      big = big_value(n, number);
      if (!big) continue;
      in.seen.overflow_pages +=
          (head_bytes + n.value_bytes + heads_.page_bytes - 1) / heads_.page_bytes;
    } else if (n.flags == node_flag::table && in.name == table_list) {
      take_table(n, number);
      continue;
    } else if (n.flags != 0) {
      defect(number, fmt::format("page {}: a row has flags {}", number, n.flags));
      continue;
    }
    const auto value = big ? std::string_view{*big} : n.value;
    if (in.name == free_list) {
      take_free(value, number);
    } else if (in.name == table_list) {
      defect(number, fmt::format("page {}: a row that is no table", number));
    } else if (visit_) {
      visit_(
          {.table = in.name, .key = n.key, .value = value, .page_at = number * heads_.page_bytes});
    }
  }
}

std::optional<std::string> page_walk::big_value(const node& of, std::uint64_t number) {
  const auto first = little_at<std::uint64_t>(of.value, 0);
  const auto count = (head_bytes + of.value_bytes + heads_.page_bytes - 1) / heads_.page_bytes;
  if (!claim(first, count, mark::used, number)) return std::nullopt;
  std::string bytes;
  if (!load(first, flag::overflow, bytes)) return std::nullopt;
  if (little_at<std::uint32_t>(bytes, overflow_count_at) != count) {
    defect(first, fmt::format("page {} is not the first of {}", first, count));
    return std::nullopt;
  }
  file_.read(first * heads_.page_bytes, count * heads_.page_bytes, bytes);
  return bytes.substr(head_bytes, of.value_bytes);
}

void page_walk::take_table(const node& from, std::uint64_t number) {
  if (from.value.size() != tree_bytes) {
    defect(number, fmt::format("page {}: a table without a root", number));
    return;
  }
  tables_.push_back({.name = std::string{from.key}, .root = read_tree(from.value)});
}

void page_walk::take_free(std::string_view value, std::uint64_t number) {
  const auto count = value.size() >= 8 ? little_at<std::uint64_t>(value, 0) : UINT64_MAX;
  if (count > value.size() / 8 - 1 || value.size() < 8) {
    defect(number, fmt::format("page {}: a list of free pages is cut off", number));
    return;
  }
  for (std::uint64_t i = 1; i <= count; ++i) {
    if (!claim(little_at<std::uint64_t>(value, 8 * i), 1, mark::free, number)) return;
  }
}

}  // namespace aisle::kv
