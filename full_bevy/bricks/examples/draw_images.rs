//! Draws the images in the folder `assets`.

use bevy::{
    asset::RenderAssetUsages,
    image::ToExtents,
    prelude::*,
    render::render_resource::{TextureDimension, TextureFormat},
};
use bricks::Brick;

fn main() {
    for brick in Brick::ALL {
        save(brick.name, draw(112, 48, |at| brick_color(brick, at)));
    }
    save("gem", draw(40, 40, gem_color));
    save("ball", draw(40, 40, ball_color));
    save("paddle", draw(216, 32, paddle_color));
    let white = |alpha: f32| Vec3::ONE.extend(alpha.max(0.0));
    save(
        "glow",
        draw(64, 64, |at| white((1.0 - at.length() / 32.0).max(0.0).powi(2))),
    );
    save(
        "ring",
        draw(128, 128, |at| white(1.0 - (at.length() - 56.0).abs() / 7.0)),
    );
}

fn save(name: &str, image: Image) {
    let path = format!("{}/assets/{name}.png", env!("CARGO_MANIFEST_DIR"));
    let image = image.try_into_dynamic().expect("the format can be saved");
    image.save(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// Draws an image pixel by pixel. `color_at` is given the offset from the center in pixels. Its y axis points down.
fn draw(width: u32, height: u32, color_at: impl Fn(Vec2) -> Vec4) -> Image {
    let size = UVec2::new(width, height);
    let offset = |index: u32| UVec2::new(index % width, index / width).as_vec2() + 0.5 - size.as_vec2() / 2.0;
    let bytes = (0..width * height).flat_map(|index| (color_at(offset(index)) * 255.0).to_array().map(|c| c as u8));
    let (dimension, format) = (TextureDimension::D2, TextureFormat::Rgba8UnormSrgb);
    Image::new(
        size.to_extents(),
        dimension,
        bytes.collect(),
        format,
        RenderAssetUsages::MAIN_WORLD,
    )
}

/// The distance to a box with rounded corners. It is negative inside.
fn rounded_box(at: Vec2, half_size: Vec2, radius: f32) -> f32 {
    let corner = at.abs() - half_size + radius;
    corner.max(Vec2::ZERO).length() + corner.max_element().min(0.0) - radius
}

/// How much of a pixel at this distance from an edge is inside.
fn coverage(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

/// A color that ends at an edge.
fn cut(color: Vec3, distance: f32) -> Vec4 {
    color.clamp(Vec3::ZERO, Vec3::ONE).extend(coverage(distance))
}

fn brick_color(brick: Brick, at: Vec2) -> Vec4 {
    let base = match brick {
        Brick::BOMB => Vec3::new(0.26, 0.28, 0.39),
        _ => brick.color.to_srgba().to_vec3(),
    };
    let edge = rounded_box(at, Vec2::new(54.0, 22.0), 9.0);
    let bevel = if edge < -5.0 { 0.0 } else { at.y / 80.0 };
    let color = base * (1.08 - at.y / 160.0 - bevel);
    let color = match brick {
        Brick::BOMB => {
            let glow = color.lerp(Vec3::new(1.0, 0.42, 0.12), (1.0 - at.length() / 40.0).max(0.0));
            glow.lerp(Vec3::new(1.0, 0.95, 0.7), coverage(at.length() - 9.0))
        }
        Brick::KEY => {
            let hole = (at + Vec2::Y * 4.0).length() - 8.0;
            let slot = rounded_box(at - Vec2::Y * 6.0, Vec2::new(3.5, 9.0), 2.0);
            color.lerp(base * 0.25, coverage(hole.min(slot)))
        }
        Brick::VAULT if (at.x + at.y).rem_euclid(28.0) < 14.0 && edge < -6.0 => color * 0.7,
        _ => color + 0.08 * coverage(rounded_box(at + Vec2::Y * 11.0, Vec2::new(48.0, 6.0), 6.0)),
    };
    cut(color, edge)
}

fn gem_color(at: Vec2) -> Vec4 {
    let left = if at.x + at.y * 0.3 < 0.0 { 1.1 } else { 0.8 };
    let top = if at.y < -3.0 { 1.1 } else { 0.9 };
    let edge = (at.x.abs() + at.y.abs() - 16.0) * 0.7;
    cut(Vec3::new(0.88, 0.68, 1.0) * left * top, edge)
}

fn ball_color(at: Vec2) -> Vec4 {
    cut(Vec3::splat(1.0 - (at + 5.0).length() / 60.0), at.length() - 18.0)
}

fn paddle_color(at: Vec2) -> Vec4 {
    let edge = rounded_box(at, Vec2::new(106.0, 15.0), 15.0);
    cut(Vec3::new(0.55, 0.75, 1.0) * (1.05 - (at.y + 6.0).abs() / 40.0), edge)
}
