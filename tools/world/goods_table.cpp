// SPDX-License-Identifier: Apache-2.0
#include "tools/world/goods_table.hpp"

namespace aisle::world {
namespace {

constexpr article dairy[] = {
    {"Milk", "Whole|Semi-Skimmed|Skimmed|Lactose-Free|Organic Whole", "0.5 l|1 l|2 l", 59, 109},
    {"Yoghurt", "Natural|Strawberry|Vanilla|Greek|Blueberry", "150 g|500 g|1 kg", 49, 99},
    {"Butter", "Salted|Unsalted|Spreadable", "125 g|250 g", 129, 219},
    {"Cheddar", "Mild|Mature|Extra Mature", "200 g|400 g", 199, 349},
    {"Gouda Slices", "Young|Medium|Aged", "150 g|400 g", 179, 299},
    {"Cream Cheese", "Plain|Herb|Light", "200 g|300 g", 119, 199},
    {"Eggs", "Free-Range|Organic|Barn", "6|10|18", 149, 289},
};
constexpr article bakery[] = {
    {"Loaf", "White|Wholemeal|Rye|Sourdough|Seeded", "400 g|800 g", 129, 249},
    {"Rolls", "Crusty|Soft White|Wholemeal|Pretzel", "4|6|12", 99, 179},
    {"Croissant", "Butter|Almond|Chocolate", "1|4", 99, 179},
    {"Muffins", "Blueberry|Chocolate|Lemon", "2|4", 149, 249},
    {"Tortilla Wraps", "Plain|Corn|Wholemeal", "6|8", 119, 199},
    {"Cake", "Carrot|Lemon|Chocolate|Apple", "300 g|600 g", 249, 449},
};
constexpr article produce[] = {
    {"Apples", "Gala|Braeburn|Granny Smith|Pink Lady", "4|1 kg|2 kg", 129, 249},
    {"Bananas", "Loose|Organic|Mini", "500 g|1 kg", 79, 149},
    {"Tomatoes", "Vine|Cherry|Plum|Beef", "250 g|500 g|1 kg", 99, 199},
    {"Potatoes", "Waxy|Floury|Baby|Red", "1 kg|2.5 kg|5 kg", 119, 199},
    {"Salad", "Iceberg|Rocket|Baby Leaf|Spinach", "100 g|250 g", 99, 189},
    {"Peppers", "Red|Mixed|Sweet Pointed", "2|3|500 g", 129, 219},
    {"Grapes", "Red Seedless|White Seedless|Black", "250 g|500 g", 149, 259},
    {"Carrots", "Washed|Organic|Baby", "500 g|1 kg", 69, 129},
};
constexpr article meat[] = {
    {"Chicken Breast", "Fresh|Free-Range|Marinated", "300 g|600 g", 349, 549},
    {"Minced Beef", "Lean|Standard|Organic", "250 g|500 g", 299, 499},
    {"Sausages", "Pork|Chicken|Bratwurst|Vegetarian", "4|8", 229, 379},
    {"Ham", "Cooked|Smoked|Honey Roast", "100 g|200 g", 159, 289},
    {"Salmon Fillet", "Fresh|Smoked|Organic", "125 g|250 g", 399, 649},
    {"Bacon", "Smoked|Unsmoked|Streaky", "150 g|300 g", 199, 329},
};
constexpr article frozen[] = {
    {"Pizza", "Margherita|Salami|Spinach|Four Cheese|Tuna", "330 g|400 g", 199, 379},
    {"Peas", "Garden|Petits Pois", "450 g|1 kg", 119, 199},
    {"Ice Cream", "Vanilla|Chocolate|Strawberry|Caramel|Mint", "500 ml|900 ml", 249, 499},
    {"Fish Fingers", "Cod|Pollock|Wholegrain", "10|15|30", 249, 399},
    {"Chips", "Straight|Crinkle|Steak Cut|Sweet Potato", "750 g|1.5 kg", 179, 299},
    {"Berries", "Mixed|Raspberry|Blueberry", "300 g|750 g", 249, 379},
};
constexpr article pantry[] = {
    {"Spaghetti", "Durum|Wholewheat|Gluten-Free", "500 g|1 kg", 89, 189},
    {"Penne", "Durum|Wholewheat|Gluten-Free", "500 g|1 kg", 89, 189},
    {"Rice", "Basmati|Long Grain|Jasmine|Risotto", "500 g|1 kg|4 kg", 129, 249},
    {"Tinned Tomatoes", "Chopped|Peeled|Cherry", "400 g|800 g", 69, 139},
    {"Beans", "Kidney|Baked|Black|Cannellini", "240 g|400 g", 59, 129},
    {"Olive Oil", "Extra Virgin|Mild|Organic", "250 ml|500 ml|1 l", 399, 699},
    {"Flour", "Plain|Self-Raising|Spelt|Bread", "500 g|1 kg", 79, 149},
    {"Breakfast Cereal", "Corn|Honey|Bran|Chocolate", "375 g|750 g", 199, 349},
    {"Jam", "Strawberry|Apricot|Raspberry|Cherry", "225 g|450 g", 149, 279},
    {"Soup", "Tomato|Chicken|Lentil|Mushroom", "400 g|800 g", 119, 219},
};
constexpr article drinks[] = {
    {"Mineral Water", "Still|Sparkling|Lemon", "0.5 l|1.5 l|6 x 1.5 l", 39, 89},
    {"Orange Juice", "Smooth|With Bits|Organic", "1 l|1.75 l", 149, 279},
    {"Cola", "Classic|Zero|Cherry", "0.33 l|1.25 l|6 x 0.33 l", 69, 119},
    {"Lemonade", "Lemon|Elderflower|Ginger", "0.33 l|1 l", 79, 149},
    {"Ground Coffee", "House Blend|Espresso|Decaf|Single Origin", "250 g|500 g", 349, 599},
    {"Tea", "Black|Green|Peppermint|Earl Grey|Camomile", "20 Bags|80 Bags", 129, 299},
    {"Beer", "Pilsner|Wheat|Pale Ale|Alcohol-Free", "0.5 l|6 x 0.33 l", 89, 179},
    {"Wine", "Merlot|Riesling|Pinot Grigio|Tempranillo", "0.75 l", 399, 1099},
};
constexpr article snacks[] = {
    {"Crisps", "Salted|Paprika|Sour Cream|Sea Salt & Vinegar", "40 g|150 g|250 g", 79, 139},
    {"Chocolate", "Milk|Dark|Hazelnut|White|Caramel", "100 g|200 g", 99, 229},
    {"Biscuits", "Oat|Butter|Digestive|Ginger", "200 g|400 g", 99, 199},
    {"Nuts", "Salted Peanut|Cashew|Almond|Mixed", "150 g|300 g", 199, 369},
    {"Popcorn", "Sweet|Salted|Toffee", "80 g|120 g", 119, 199},
    {"Fruit Gums", "Sour|Bear|Cola", "100 g|200 g|360 g", 79, 139},
    {"Cereal Bar", "Nut|Berry|Apple", "1|5", 59, 109},
};
constexpr article household[] = {
    {"Washing Powder", "Colour|White|Sensitive", "20 Washes|50 Washes", 499, 799},
    {"Washing-Up Liquid", "Lemon|Original|Sensitive", "500 ml|900 ml", 99, 199},
    {"Toilet Paper", "3-Ply|4-Ply|Recycled", "4|8|16", 199, 329},
    {"Kitchen Roll", "Classic|Extra Strong|Recycled", "2|4", 199, 299},
    {"Bin Bags", "20 l|35 l|60 l", "15|30", 149, 249},
    {"Surface Cleaner", "Kitchen|Bathroom|Glass", "500 ml|750 ml", 179, 299},
    {"Light Bulb", "LED E14|LED E27|LED GU10", "1|3", 349, 599},
};
constexpr article care[] = {
    {"Shampoo", "Moisture|Volume|Anti-Dandruff|Baby", "250 ml|400 ml", 199, 499},
    {"Shower Gel", "Citrus|Sensitive|Sport", "250 ml|500 ml", 129, 299},
    {"Toothpaste", "Mint|Whitening|Sensitive|Junior", "75 ml|125 ml", 129, 349},
    {"Deodorant", "Fresh|Sensitive|Sport", "50 ml|150 ml", 179, 349},
    {"Hand Soap", "Aloe|Lavender|Olive", "250 ml|500 ml", 99, 219},
    {"Plasters", "Classic|Waterproof|Kids", "20|40", 199, 349},
    {"Nappies", "Size 3|Size 4|Size 5", "30|60", 599, 999},
};
constexpr article pet[] = {
    {"Cat Food", "Salmon|Chicken|Beef|Turkey", "100 g|400 g|12 x 85 g", 59, 139},
    {"Dog Food", "Beef|Lamb|Chicken|Grain-Free", "400 g|800 g|3 kg", 129, 249},
    {"Cat Litter", "Clumping|Natural|Scented", "5 l|10 l", 399, 699},
    {"Dog Treats", "Dental|Chewy|Training", "100 g|300 g", 149, 299},
    {"Bird Seed", "Wild|Premium", "1 kg|4 kg", 249, 399},
};
constexpr article leisure[] = {
    {"Notebook", "Ruled|Squared|Plain", "A5|A4", 249, 599},
    {"Coffee Machine", "Filter|Capsule|Espresso", "Compact|Family", 3999, 9999},
    {"Kettle", "Steel|Glass|Travel", "1 l|1.7 l", 1999, 3999},
    {"Bath Towel", "White|Blue|Grey|Green", "50 x 100 cm|70 x 140 cm", 699, 1499},
    {"Frying Pan", "Non-Stick|Steel|Cast Iron", "20 cm|28 cm", 1499, 3499},
    {"Storage Box", "Clear|White|Bamboo", "5 l|20 l|50 l", 399, 899},
    {"Candle", "Vanilla|Cedar|Unscented", "120 g|300 g", 299, 899},
    {"Headphones", "Wired|Wireless|Sport", "In-Ear|Over-Ear", 1499, 5999},
};

constexpr int loose[] = {6, 10, 12};
constexpr int cases[] = {6, 12, 24};
constexpr int small_cases[] = {4, 6, 8};
constexpr int few[] = {1, 2, 4};

constexpr department all_departments[] = {
    {"Dairy", 1.6, 0.20, 0.30, 2.0, 1, 2, loose, dairy},
    {"Bakery", 1.5, 0.30, 0.48, 1.8, 1, 1, loose, bakery},
    {"Produce", 1.6, 0.25, 0.42, 2.1, 1, 2, loose, produce},
    {"Meat & Fish", 1.0, 0.22, 0.36, 2.6, 1, 2, small_cases, meat},
    {"Frozen", 0.8, 0.25, 0.40, 2.7, 2, 4, small_cases, frozen},
    {"Pantry", 1.1, 0.22, 0.40, 2.6, 2, 5, cases, pantry},
    {"Drinks", 1.3, 0.20, 0.38, 2.9, 2, 4, cases, drinks},
    {"Snacks", 1.1, 0.28, 0.45, 2.8, 2, 5, cases, snacks},
    {"Household", 0.6, 0.25, 0.42, 3.0, 3, 6, small_cases, household},
    {"Personal Care", 0.5, 0.30, 0.48, 2.8, 3, 6, small_cases, care},
    {"Pet", 0.4, 0.24, 0.38, 2.5, 3, 6, cases, pet},
    {"Home & Leisure", 0.1, 0.35, 0.52, 3.2, 5, 10, few, leisure},
};

constexpr std::string_view all_brands[] = {
    "",          "Alderbrook", "Casa Verde", "Nordlicht", "Hearthside", "Montelune",
    "Bluefinch", "Goldacre",   "Lindental",  "Maravel",   "Oakmere",
};

}  // namespace

std::span<const department> departments() { return all_departments; }

std::span<const std::string_view> brands() { return all_brands; }

}  // namespace aisle::world
