// SPDX-License-Identifier: Apache-2.0
#include "tools/world/goods.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "tools/world/goods_table.hpp"
#include "tools/world/portable_math.hpp"

namespace aisle::world {
namespace {

constexpr double units_per_line = 1.35;
// Zipf's law with a flattened head: in a supermarket no product is more than a few percent of all.
constexpr double zipf_exponent = 0.9;
constexpr double zipf_shift = 8.0;
constexpr double slow_share = 0.25;
constexpr double size_steps[] = {1.0, 1.75, 3.0};

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto bar = list.find('|');
    parts.push_back(list.substr(0, bar));
    if (bar == std::string_view::npos) {
      return parts;
    }
    list.remove_prefix(bar + 1);
  }
}

/// One thing a department can sell.
struct offer {
  const article* kind;
  std::string name;
  double size_factor;
};

std::vector<offer> offers_of(const department& from) {
  std::vector<offer> offers;
  for (const auto& kind : from.articles) {
    for (const auto variant : split(kind.variants)) {
      const auto sizes = split(kind.sizes);
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        offers.push_back(
            {&kind, fmt::format("{} {} {}", variant, kind.noun, sizes[i]), size_steps[i]});
      }
    }
  }
  return offers;
}

/// The n-th choice of (offer, brand) of a department. The stride is prime and larger than the
/// number of choices has factors, so that all choices come once before one comes again.
struct choice {
  std::size_t offer;
  std::size_t brand;
  std::size_t round;
};

choice nth_choice(std::size_t n, std::size_t offer_count) {
  constexpr std::size_t stride = 7919;
  const auto all = offer_count * brands().size();
  const auto place = n * stride % all;
  return {place % offer_count, place / offer_count, n / all};
}

std::string full_name(const offer& what, const choice& chosen) {
  const auto brand = brands()[chosen.brand];
  auto name = brand.empty() ? what.name : fmt::format("{} {}", brand, what.name);
  return chosen.round == 0 ? name : fmt::format("{} No. {}", name, chosen.round + 1);
}

money list_price(random_stream& random, const offer& what, const choice& chosen) {
  const auto base = random.log_uniform(what.kind->price_low, what.kind->price_high + 1.0);
  const auto brand_factor = chosen.brand == 0 ? 0.9 : random.between(1.0, 1.4);
  return charm_price({std::llround(base * what.size_factor * brand_factor)});
}

int any_of(random_stream& random, std::span<const int> values) {
  return values[random.below(values.size())];
}

overdispersed spread_of(random_stream& random) { return overdispersed{random.between(1.2, 2.2)}; }

product make_product(const world_options& options, std::size_t number,
                     const std::vector<std::vector<offer>>& offers) {
  random_stream random(options.seed, purpose::products, number);
  const auto place = number % departments().size();
  const auto& from = departments()[place];
  const auto chosen = nth_choice(number / departments().size(), offers[place].size());
  const auto& what = offers[place][chosen.offer];
  product made{.sku = {},
               .name = full_name(what, chosen),
               .category = from.name,
               .price = list_price(random, what, chosen),
               .cost = {},
               .lead_time = random.whole(from.lead_low, from.lead_high),
               .pack = any_of(random, from.packs),
               .moq = 0,
               .level = from.appeal,
               .elasticity = std::clamp(from.elasticity + 0.5 * random.normal(), 1.2, 4.5),
               .slow = random.chance(slow_share),
               .spread = spread_of(random)};
  const auto margin = random.between(from.margin_low, from.margin_high);
  made.cost = {std::max<std::int64_t>(scaled(made.price, 1.0 - margin).cents, 1)};
  made.moq = made.pack * (random.chance(0.8) ? 1 : 2);
  made.level *= random.around_one(0.3);
  if (made.slow) {
    made.level *= random.log_uniform(0.04, 0.3);
  }
  return made;
}

/// A random order of 0 … count - 1.
std::vector<std::size_t> shuffled(random_stream random, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (auto left = count; left > 1; --left) {
    std::swap(order[left - 1], order[random.below(left)]);
  }
  return order;
}

void give_zipf_levels(const world_options& options, std::vector<product>& goods) {
  const auto ranks = shuffled({options.seed, purpose::ranks, 1}, goods.size());
  auto total = 0.0;
  for (std::size_t i = 0; i < goods.size(); ++i) {
    goods[i].level *= power(static_cast<double>(ranks[i]) + 1.0 + zipf_shift, -zipf_exponent);
    total += goods[i].level;
  }
  const auto units =
      baskets_per_day(options.skus) * lines_per_basket(options.skus) * units_per_line;
  for (auto& each : goods) {
    each.level *= units / total;
  }
}

void give_skus(const world_options& options, std::vector<product>& goods) {
  const auto numbers = shuffled({options.seed, purpose::ranks, 2}, goods.size());
  for (std::size_t i = 0; i < goods.size(); ++i) {
    goods[i].sku = fmt::format("{:06}", numbers[i] + 1);
  }
}

}  // namespace

double lines_per_basket(int skus) { return std::clamp(skus / 10.0, 1.5, 4.6); }

double baskets_per_day(int skus) {
  return std::clamp(500.0 * std::sqrt(skus / 2000.0), 30.0, 3000.0);
}

std::vector<product> make_goods(const world_options& options) {
  std::vector<std::vector<offer>> offers;
  std::ranges::transform(departments(), std::back_inserter(offers), offers_of);
  const auto count = static_cast<std::size_t>(options.skus);
  std::vector<product> goods;
  goods.reserve(count);
  for (std::size_t number = 0; number < count; ++number) {
    goods.push_back(make_product(options, number, offers));
  }
  give_zipf_levels(options, goods);
  give_skus(options, goods);
  std::ranges::sort(goods, [](const product& a, const product& b) {
    return a.level != b.level ? a.level > b.level : a.sku < b.sku;
  });
  return goods;
}

}  // namespace aisle::world
